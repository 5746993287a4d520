package mqttq.loop;

/** Makes timers; one heap entry each, reusable without allocation. */
public interface Timers {
    /** A timer that is not set; {@code action} runs on the loop thread each time it fires. */
    Timer timer(Runnable action);

    /** One deadline. */
    interface Timer {
        /**
         * Fires once at {@code deadline} (ns of {@link Clock#now}) or soon after, replacing an earlier deadline; {@code Long.MAX_VALUE} is
         * never.
         */
        void at(long deadline);

        /** Will not fire until set again. */
        void cancel();
    }
}
