package mqttq.journal;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/** One file of the journal, and the format of all ({@link mqttq.journal}). */
final class Segment {
    static final int VERSION = 2, HEADER = 32, FRAME = 32;
    static final String PREFIX = "segment-";
    private static final long MAGIC = 0x6d71_7474_714aL;
    /** Of a batch: a snapshot begins with it; one is whole with it; how many batches right before it had not been synced, or more. */
    static final int BEGINS = 0x8000, WHOLE = 0x4000, LAG = 0x3fff;
    private static final int PLACE = 16, NUMBER_BITS = 48;

    final long number;
    /** Bytes in the file, and up to where it is written. */
    int length, end;
    /** The number of the first batch; -1: not known. */
    long first = -1;
    /** Its name from when it is not needed any more, because it is damaged; or null. */
    String keepAs;

    Segment(long number, int length) {
        this.number = number;
        this.length = length;
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
        ByteBuffer header = ByteBuffer.allocate(HEADER).putLong(MAGIC << 16 | VERSION).putLong(number).putLong(firstBatch).putInt(0);
        return header.putInt(headerCrc(header)).flip();
    }

    private static int headerCrc(ByteBuffer file) {
        CRC32C crc = new CRC32C();
        crc.update(file.duplicate().position(0).limit(HEADER - 4));
        return (int) crc.getValue();
    }

    /** The version that a file says it has; 0 where it is no segment, or its head is damaged. */
    static int version(ByteBuffer file) {
        boolean good = file.limit() >= HEADER && file.getLong(0) >>> 16 == MAGIC && headerCrc(file) == file.getInt(HEADER - 4);
        return good ? file.getShort(6) & 0xffff : 0;
    }

    /** The number of the first batch; -1 where the file has neither head nor batch of segment {@code number}. */
    static long first(ByteBuffer file, long number) {
        if (version(file) > 0 && file.getLong(8) == number) return file.getLong(16);
        return changes(file, number, HEADER) > 0 ? batch(file, HEADER) : -1;
    }

    /** Bytes of a batch at {@code at} with number {@code batch} that is not good: its write was cut short. Others may be old. */
    static int torn(ByteBuffer file, int at, long batch) {
        int claimed = claimed(file, at);
        return claimed > 0 && batch(file, at) == batch ? Math.min(FRAME + Math.min(claimed, file.limit()), file.limit() - at) : 0;
    }

    /** Where behind {@code from} a good batch begins whose number is {@code least} to {@code most}; -1: nowhere. */
    static int goodBehind(ByteBuffer file, long segment, int from, long least, long most) {
        for (int at = from; at <= file.limit() - FRAME; at++) {
            int size = file.getInt(at);
            if (size <= 0 || size > file.limit() - at - FRAME) continue;
            long batch = batch(file, at);
            if (batch >= least && batch <= most && changes(file, segment, at) > 0) return at;
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
    static long batch(ByteBuffer file, int at) { return file.limit() - at < FRAME ? -1 : file.getLong(at + 8) & (1L << NUMBER_BITS) - 1; }
    static int flags(ByteBuffer file, int at) { return (int) (file.getLong(at + 8) >>> NUMBER_BITS); }
    static long numbered(long batch, int flags) { return (long) flags << NUMBER_BITS | batch; }
    static long time(ByteBuffer file, int at) { return file.getLong(at + 16); }
    static long wall(ByteBuffer file, int at) { return file.getLong(at + 24); }

    private static int crc(ByteBuffer from, int at, int size, long segment, int place) {
        CRC32C crc = new CRC32C();
        crc.update(ByteBuffer.allocate(PLACE).putLong(segment).putInt(place).putInt(size).flip());
        crc.update(from.duplicate().position(at + 8).limit(at + FRAME + size));
        return (int) crc.getValue();
    }
}
