package mqttq.loop;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;

/** One TCP connection. */
public interface TcpPort {
    interface Handler {
        /** An outgoing connection stands. */
        void onConnected();

        /**
         * Bytes came; the buffer (heap) is the handler's until it returns. What it leaves unread is kept and offered again, before new
         * bytes, after {@link #read}.
         */
        void onData(ByteBuffer data);

        /** The peer ended its direction. */
        void onEnd();

        /** After a {@link #write} that took less than it was given, there is room again. */
        void onWritable();

        /** It is gone: refused, reset, failed ({@code reason}), or {@code null} after {@link #close}. The last call. */
        void onClosed(String reason);
    }

    /** Takes what the socket takes now, and returns how many bytes; less than all: {@code onWritable} will come. */
    int write(ByteBuffer data);

    /** Whether to read on ({@code true}, the state at the start) or to leave bytes in the socket. */
    void read(boolean on);

    /** Ends our direction. */
    void finish();

    void close();

    /** Null on a Unix-domain socket's accepted end, as is {@link #remote}. */
    InetSocketAddress local();

    InetSocketAddress remote();
}
