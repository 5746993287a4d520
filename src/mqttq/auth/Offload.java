package mqttq.auth;

/** Where passwords are hashed; {@code mqttq.loop.Loop} has such a method, {@code hash}. */
public interface Offload {
    /** Runs {@code work} on a helper thread, then {@code done} on the loop. */
    void offload(Runnable work, Runnable done);
}
