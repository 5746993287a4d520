/**
 * An append-only log of changes that survives power cuts, full disks and disks that lie. It knows bytes, not MQTT: an {@link
 * mqttq.journal.Journal.Owner} encodes the changes and takes them back at the next start.
 *
 * <p><b>On the disk</b>: files {@code segment-NUMBER} (16 hex digits) of 1 MiB, allocated before they are used, so that a sync has no
 * metadata to write. Numbers are big-endian. A file starts with 32 bytes: {@code "mqttqJ"}, the format's version (2 bytes), the file's
 * number (8), that of its first batch (8), 0 (4), CRC32C of these 28 bytes (4). Batches follow, each complete or worth nothing: bytes of
 * changes (4), CRC32C (4), whether a snapshot begins with it or is whole with it (1 bit each), how many batches right before it had not
 * been synced (14 bits; all ones: that many or more), its number (6 bytes), journal time and wall clock in ms (8 each), the changes. In
 * format 1, which is read too, these 16 bits were 0. The checksum covers the file's number and the batch's place in it too, so that what a
 * reused file held before is never taken for a batch. What is after the last batch means nothing.
 *
 * <p><b>Writing</b>: all changes of one turn of the loop are in one batch. One write and one sync are under way at a time; meanwhile the
 * next batch gathers (group commit). What a failed write or sync should have made safe is kept and written again into another file: batch
 * numbers then repeat, and the reader lets a later file's take the place of those from there on. Where that fails too, or no room is left
 * for the next file, the journal says that it cannot write and tries again each second, with one batch of all that waits and of what the
 * owner does about it: what it takes back never is on the disk alone. Files in which nothing is safe are removed, and when the disk works
 * again a snapshot gives back the rest. Changes beyond {@link mqttq.journal.Journal#MAX_PENDING} are let go, and a snapshot makes up for
 * them.
 *
 * <p><b>Compaction</b>: where files hold much more than is alive (or on demand) the owner writes all its state anew, as changes, a slice
 * with each batch, among the changes that go on meanwhile. When that is safe, older files are reused or deleted, oldest first, so that what
 * is left is always a later part of one history.
 *
 * <p><b>Reading</b>: files in order, batches by their numbers, from the last whole snapshot on. Where one is missing that no sync had
 * covered when any later one was written, the history ends there: the power took it. Any other gap is damage: what is good behind it is
 * used, the owner is told, and the damaged file is kept as {@code .bad-TIME} when a snapshot has made it superfluous. A file of a later
 * version is refused before anything is changed.
 *
 * <p><b>Time</b>: intervals are kept in journal time, which goes on from start to start: by the wall clock, but not backwards, and not at
 * all where the clock moved by more than {@link mqttq.journal.Journal#TRUSTED_PAUSE}.
 */
package mqttq.journal;
