/**
 * An append-only log of changes that survives power cuts, full disks and disks that lie. It knows bytes, not MQTT: an {@link
 * mqttq.journal.Journal.Owner} encodes the changes and takes them back at the next start.
 *
 * <p><b>On the disk</b>: files {@code segment-NUMBER} (16 hex digits) of 1 MiB, allocated before they are used, so that a sync has no
 * metadata to write. Numbers are big-endian. A file starts with 32 bytes: {@code "mqttqJ"}, the format's version (2 bytes), the file's
 * number (8), that of its first batch (8), 1 where it held something before, else 0 (4), CRC32C of these 28 bytes (4). Batches follow, each
 * complete or worth nothing: bytes of changes (4), CRC32C (4), the batch's number (8), journal time and wall clock in ms (8 each), the
 * changes. The checksum covers the file's number and the batch's place in it too, so that what a reused file held before is never taken for
 * a batch. What is after the last batch means nothing.
 *
 * <p><b>Writing</b>: all changes of one turn of the loop are in one batch. One write and one sync are under way at a time; meanwhile the
 * next batch gathers (group commit). What a failed write or sync should have made safe is kept and written again into another file: batch
 * numbers then repeat, and the reader takes the first that is good. Where that fails too, or no room is left for the next file, the journal
 * says that it cannot write and tries again each second. Changes beyond {@link mqttq.journal.Journal#MAX_PENDING} are let go, and a
 * snapshot makes up for them.
 *
 * <p><b>Compaction</b>: where files hold much more than is alive (or on demand) the owner writes all its state anew, as changes, a slice
 * with each batch, among the changes that go on meanwhile. When that is safe, older files are reused or deleted, oldest first, so that what
 * is left is always a later part of one history.
 *
 * <p><b>Reading</b>: files in order, batches by their numbers without a gap. A file that ends badly is gone on from where the next one
 * starts with the missing batch. Otherwise what follows the last good batch is a torn end (nothing good behind it), or damage:
 * then what is behind is kept aside as {@code .bad-TIME}. A file of another version is refused before anything is changed.
 *
 * <p><b>Time</b>: intervals are kept in journal time, which goes on from start to start: by the wall clock, but not backwards, and not at
 * all where the clock moved by more than {@link mqttq.journal.Journal#TRUSTED_PAUSE}.
 */
package mqttq.journal;
