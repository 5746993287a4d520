package mqttq.quic.stream;

/**
 * Every limit on what a peer can make the streams of one connection hold; what we advertise in our transport parameters follows from it.
 * @param streamWindow initial_max_stream_data_* (bytes): what one stream can make us buffer at first. Stops a fast or hostile sender
 * @param maxStreamWindow how far autotuning lets {@code streamWindow} grow (bytes), as far as the {@link Budget} has it
 * @param connectionWindow initial_max_data (bytes): what all streams together can make us buffer. Stops stream commitment, where one
 *     byte far out in each of many streams reserves a window each
 * @param bidiStreams initial_max_streams_bidi: streams of the peer that are open at once. Stops stream floods
 * @param uniStreams initial_max_streams_uni
 * @param gaps holes in the received data of one stream; data that would make more is an error. Stops 1-byte frames at even offsets
 * @param sendBuffer bytes that one stream keeps unacknowledged without asking the {@link Budget}
 * @param maxSendBuffer bytes that one stream keeps unacknowledged at most. Stops a peer that reads and acknowledges nothing
 * @param admittedWindow what {@code connectionWindow} becomes, and two thirds of it {@code streamWindow}, when the application has let the
 *     peer in ({@link Streams#admit}); no window grows before. 0: it need not be let in
 */
public record Limits(int streamWindow, int maxStreamWindow, int connectionWindow, int bidiStreams, int uniStreams, int gaps,
                     int sendBuffer, int maxSendBuffer, int admittedWindow) {
    /** For a Pi: 64 KiB windows that grow to 1 MiB, 16 and 3 streams. */
    public static final Limits DEFAULT = new Limits(1 << 16, 1 << 20, 3 << 15, 16, 3, 64, 1 << 16, 1 << 18);

    /** A peer need not be let in. */
    public Limits(int streamWindow, int maxStreamWindow, int connectionWindow, int bidiStreams, int uniStreams, int gaps, int sendBuffer,
        int maxSendBuffer) {
        this(streamWindow, maxStreamWindow, connectionWindow, bidiStreams, uniStreams, gaps, sendBuffer, maxSendBuffer, 0);
    }

    public Limits {
        if (streamWindow < 1024 || maxStreamWindow < streamWindow || maxStreamWindow > 1 << 28) {
            throw new IllegalArgumentException("stream window");
        }
        if (connectionWindow < streamWindow) throw new IllegalArgumentException("connection window below stream window");
        if (bidiStreams < 0 || bidiStreams > 1 << 16 || uniStreams < 0 || uniStreams > 1 << 16) {
            throw new IllegalArgumentException("streams");
        }
        if (gaps < 1 || sendBuffer < 1024 || maxSendBuffer < sendBuffer || maxSendBuffer > 1 << 28) {
            throw new IllegalArgumentException("buffers");
        }
    }
}
