package mqttq.journal;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/** One file of the journal, and the format of all ({@link mqttq.journal}). */
final class Segment {
    static final int VERSION = 1, HEADER = 32, FRAME = 32;
    static final String PREFIX = "segment-";
    private static final long MAGIC = 0x6d71_7474_714aL;
    private static final int PLACE = 16;

    final long number;
    /** Bytes in the file, and up to where it is written. */
    int length, end;
    /** Whether it held something before. */
    final boolean reused;

    Segment(long number, int length, boolean reused) {
        this.number = number;
        this.length = length;
        this.reused = reused;
    }

    String name() { return name(number); }
    int room() { return length - end; }

    static String name(long number) {
        String hex = Long.toHexString(number);
        return PREFIX + "0".repeat(16 - hex.length()) + hex;
    }

    /** The number of a segment's file; -1 where the name is none. */
    static long number(String name) {
        if (!name.startsWith(PREFIX) || name.length() != PREFIX.length() + 16) return -1;
        long number = 0;
        for (int i = PREFIX.length(); i < name.length(); i++) {
            int digit = Character.digit(name.charAt(i), 16);
            if (digit < 0 || i == PREFIX.length() && digit > 7) return -1;
            number = number << 4 | digit;
        }
        return number;
    }

    ByteBuffer header(long firstBatch) {
        ByteBuffer header = ByteBuffer.allocate(HEADER).putLong(MAGIC << 16 | VERSION).putLong(number).putLong(firstBatch)
            .putInt(reused ? 1 : 0);
        CRC32C crc = new CRC32C();
        crc.update(header.array(), 0, HEADER - 4);
        return header.putInt((int) crc.getValue()).flip();
    }

    /** The version that a file says it has; 0 where it is no segment. */
    static int version(ByteBuffer file) {
        return file.limit() >= HEADER && file.getLong(0) >>> 16 == MAGIC ? file.getShort(6) & 0xffff : 0;
    }

    /** The number of the first batch; -1 where the file has neither head nor batch of segment {@code number}. */
    static long first(ByteBuffer file, long number) {
        if (file.limit() < HEADER) return -1;
        CRC32C crc = new CRC32C();
        crc.update(file.duplicate().position(0).limit(HEADER - 4));
        boolean good = (int) crc.getValue() == file.getInt(HEADER - 4) && version(file) == VERSION && file.getLong(8) == number;
        return good ? file.getLong(16) : changes(file, number, HEADER) > 0 ? batch(file, HEADER) : -1;
    }

    /** Bytes behind {@code at} that are no batch though something was written there, as far as that can be told. */
    static int torn(ByteBuffer file, int at, long batch) {
        int claimed = claimed(file, at), end = file.limit();
        if (claimed > 0 && batch(file, at) == batch) return Math.min(FRAME + Math.min(claimed, end), end - at);
        if (file.limit() < HEADER || version(file) != 0 && file.getInt(24) != 0) return 0; // reused: anything may be there
        while (end > at && file.get(end - 1) == 0) end--;
        return end - at;
    }

    /** Where behind {@code from} a good batch begins whose number is at least {@code batch}; -1: nowhere. */
    static int goodBehind(ByteBuffer file, long segment, int from, long batch) {
        for (int at = from; at <= file.limit() - FRAME; at++) {
            int size = file.getInt(at);
            if (size > 0 && size <= file.limit() - at - FRAME && file.getLong(at + 8) >= batch && changes(file, segment, at) > 0) return at;
        }
        return -1;
    }

    /** Completes the first {@link #FRAME} bytes of a batch for its place. */
    static void seal(ByteBuffer batch, long segment, int at) {
        batch.putInt(0, batch.limit() - FRAME).putInt(4, crc(batch, 0, batch.limit() - FRAME, segment, at));
    }

    /** Bytes of changes in the batch at this place; -1 where there is no good one. */
    static int changes(ByteBuffer file, long segment, int at) {
        int size = claimed(file, at);
        return size > 0 && size <= file.limit() - at - FRAME && file.getInt(at + 4) == crc(file, at, size, segment, at) ? size : -1;
    }

    /** The size that a batch here says it has, good or not. */
    static int claimed(ByteBuffer file, int at) { return file.limit() - at < FRAME ? -1 : file.getInt(at); }
    static long batch(ByteBuffer file, int at) { return file.limit() - at < FRAME ? -1 : file.getLong(at + 8); }
    static long time(ByteBuffer file, int at) { return file.getLong(at + 16); }
    static long wall(ByteBuffer file, int at) { return file.getLong(at + 24); }

    private static int crc(ByteBuffer from, int at, int size, long segment, int place) {
        CRC32C crc = new CRC32C();
        crc.update(ByteBuffer.allocate(PLACE).putLong(segment).putInt(place).putInt(size).flip());
        crc.update(from.duplicate().position(at + 8).limit(at + FRAME + size));
        return (int) crc.getValue();
    }
}
