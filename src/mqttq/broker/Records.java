package mqttq.broker;

import java.io.PrintStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import mqttq.journal.Journal;
import mqttq.journal.JournalException;
import mqttq.wire.Varint;

/**
 * The changes as the journal has them: a byte for the kind, then fields, which are numbers (varints) or bytes with their count in front.
 */
public final class Records {
    static final int MESSAGE = 1, SESSION = 2, FRESH = 3, ENDED = 4, SUBSCRIBED = 5, UNSUBSCRIBED = 6, RETAINED = 7, UNRETAINED = 8,
        QUEUED = 9, UNQUEUED = 10,
        SENT = 11, RELEASED = 12, COMPLETED = 13, RECEIVED = 14, RECEIVED_RELEASED = 15,
        UNKEPT = 16, SETTLED = 17, PLACE = 18, TOLD = 19, WITHDRAWN = 20;
    /**
     * In a message's flags beside QoS and RETAIN: it was written while a snapshot was, perhaps ahead of who keeps it. It stays until {@link
     * #UNKEPT} names it or {@link #SETTLED} says that all who keep messages are there.
     */
    static final int AHEAD = 8;
    /**
     * The fields of each kind: numbers; {@code :} text; {@code ?} text or nothing (its count is one more); {@code =} bytes; {@code *}
     * numbers with their count in front; {@code !} a number, with nothing behind it where it is 0. Times are the journal's, in ms; {@code
     * away} is one more, 0 for connected, {@code expiry} of a message too, 0 for never.
     */
    private static final String[] KINDS = {null, "message number received flags expiry topic properties =bytes",
        "session number :client ?listener ?user ?mount expiry away !will flags :topic =properties =payload", "fresh session",
        "ended session", "subscribed session :filter options identifier", "unsubscribed session :filter",
        "retained message ?client ?listener ?user", "unretained :topic", "queued session message flags *identifiers in",
        "unqueued session from", "sent session id message flags *identifiers from", "released session id", "completed session id",
        "received session id", "received-released session id", "unkept message", "settled",
        "place :client =id =local =remote", "told",
        "withdrawn message"};

    private Records() { }

    static long number(ByteBuffer in) {
        long number = Varint.get(in);
        if (number < 0) throw new BufferUnderflowException();
        return number;
    }

    static int small(ByteBuffer in) {
        long number = number(in);
        if (number > Integer.MAX_VALUE) throw new IllegalArgumentException("a number is too large: " + number);
        return (int) number;
    }

    static byte[] bytes(ByteBuffer in) {
        int length = small(in);
        if (length > in.remaining()) throw new BufferUnderflowException();
        byte[] bytes = new byte[length];
        in.get(bytes);
        return bytes;
    }

    static String text(ByteBuffer in) { return new String(bytes(in), StandardCharsets.UTF_8); }

    static String textOrNull(ByteBuffer in) {
        int length = small(in) - 1;
        if (length > in.remaining()) throw new BufferUnderflowException();
        if (length < 0) return null;
        byte[] bytes = new byte[length];
        in.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    static int[] numbersOrNull(ByteBuffer in) {
        int count = small(in);
        if (count > in.remaining()) throw new BufferUnderflowException();
        int[] numbers = count == 0 ? null : new int[count];
        for (int i = 0; i < count; i++) numbers[i] = small(in);
        return numbers;
    }

    static void put(ByteBuffer out, byte[] bytes) {
        Varint.put(out, bytes.length);
        out.put(bytes);
    }

    static void putOrNull(ByteBuffer out, byte[] bytes) {
        Varint.put(out, bytes == null ? 0 : bytes.length + 1);
        if (bytes != null) out.put(bytes);
    }

    static void putOrNull(ByteBuffer out, int[] numbers) {
        Varint.put(out, numbers == null ? 0 : numbers.length);
        for (int i = 0; numbers != null && i < numbers.length; i++) Varint.put(out, numbers[i]);
    }

    /**
     * Prints what a file of the journal has, a line a change, without payloads. @throws JournalException where it is none or is damaged, in
     * one line
     */
    public static void dump(ByteBuffer file, PrintStream out) throws JournalException {
        Journal.read(file, (batch, time, wall, changes) -> {
            out.println("batch " + batch + " time " + time + " wall " + wall + " bytes " + changes.remaining());
            try {
                while (changes.hasRemaining()) out.println(line(changes));
            } catch (BufferUnderflowException | IllegalArgumentException e) {
                throw new JournalException("batch " + batch + " cannot be understood");
            }
        });
    }

    private static String line(ByteBuffer in) {
        int kind = in.get();
        if (kind < 1 || kind >= KINDS.length) throw new IllegalArgumentException();
        String[] fields = KINDS[kind].split(" ");
        StringBuilder line = new StringBuilder("  ").append(fields[0]);
        for (int i = 1; i < fields.length; i++) {
            String name = fields[i].replaceFirst("^\\W", "");
            line.append(' ').append(name).append(' ');
            switch (fields[i].charAt(0)) {
                case ':' -> line.append(PacketLog.clean(text(in)));
                case '?' -> {
                    String text = textOrNull(in);
                    line.append(text == null ? "-" : PacketLog.clean(text));
                }
                case '=' -> line.append(bytes(in).length).append(" bytes");
                case '*' -> line.append(java.util.Arrays.toString(numbersOrNull(in)));
                default -> {
                    long number = number(in);
                    line.append(number);
                    if (fields[i].charAt(0) == '!' && number == 0) return line.toString();
                }
            }
        }
        return line.toString();
    }
}
