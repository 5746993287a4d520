package mqttq.auth;

/** Where slow work goes; {@code mqttq.loop.Loop} has this method. */
public interface Offload {
    /** Runs {@code work} on a helper thread, then {@code done} on the loop. */
    void offload(Runnable work, Runnable done);
}
