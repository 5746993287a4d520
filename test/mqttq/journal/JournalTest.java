package mqttq.journal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.zip.CRC32C;
import mqttq.Seeds;
import mqttq.journal.Journal.Sync;
import mqttq.sim.SimDisk;
import mqttq.sim.SimLoop;
import mqttq.sim.SimWorld;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class JournalTest {
    private static final long MS = 1_000_000L, SECOND = 1000 * MS;
    private static final String FIRST = Segment.name(1);
    private final SimWorld world = new SimWorld(1);
    private final SimLoop loop = world.host("10.0.0.1");
    private final SimDisk disk = loop.disk(Ledger.DIRECTORY);
    private Ledger ledger;

    private Ledger start() throws JournalException {
        return start(Sync.ALWAYS, 0);
    }

    private Ledger start(Sync sync, int pad) throws JournalException {
        return ledger = new Ledger(loop, sync, pad).open();
    }

    /** A change that somebody waits for, made safe. */
    private void put(int key, long value) {
        ledger.put(key, value);
        ledger.journal.awaited();
        assertTrue(world.runUntil(() -> ledger.journal.durable() == ledger.journal.position(), world.now() + 10 * SECOND));
    }

    private void end() {
        boolean[] done = new boolean[1];
        ledger.journal.close(() -> done[0] = true);
        assertTrue(world.runUntil(() -> done[0], world.now() + 10 * SECOND));
    }

    private TreeMap<Integer, Long> map(long... pairs) {
        TreeMap<Integer, Long> map = new TreeMap<>();
        for (int i = 0; i < pairs.length; i += 2) map.put((int) pairs[i], pairs[i + 1]);
        return map;
    }

    private List<String> files(String prefix) {
        return Arrays.stream(disk.list()).filter(name -> name.startsWith(prefix)).toList();
    }

    @Test
    void whatWasAwaitedIsThereAfterAPowerCut() throws JournalException {
        start();
        put(1, 10);
        put(2, 20);
        put(1, 11);
        loop.crash();
        assertEquals(map(1, 11, 2, 20), start().map);
        put(3, 30);
        loop.crash();
        assertEquals(map(1, 11, 2, 20, 3, 30), start().map);
        assertEquals(List.of(FIRST), files("segment-"));
        assertTrue(loop.lines().isEmpty(), loop.lines().toString());
    }

    @Test
    void oneSyncServesAllThatWaitMeanwhile() throws JournalException {
        start();
        put(0, 0);
        disk.speed(10_000, 20 * MS);
        long syncs = disk.syncs(), before = world.now();
        for (int i = 1; i <= 1000; i++) {
            ledger.put(i, i);
            ledger.journal.awaited();
            if (i % 10 == 0) world.runFor(MS / 10);
        }
        assertTrue(world.runUntil(() -> ledger.journal.durable() == ledger.journal.position(), world.now() + SECOND));
        assertEquals(2, disk.syncs() - syncs);
        assertTrue(world.now() - before < 51 * MS);
    }

    @Test
    void oneSyncWaitsForThoseThatItsForerunnerLetGo() throws JournalException {
        start();
        put(0, 0);
        disk.speed(10_000, 20 * MS);
        for (int i = 0; i < 50; i++) {
            ledger.put(i, 1);
            ledger.journal.awaited();
        }
        assertTrue(world.runUntil(() -> ledger.journal.durable() == ledger.journal.position(), world.now() + SECOND));
        long syncs = disk.syncs();
        for (int i = 0; i < 50; i++) { // answers trickle in over 2.5 ms
            ledger.put(i, 2);
            ledger.journal.awaited();
            world.runFor(MS / 20);
        }
        assertTrue(world.runUntil(() -> ledger.journal.durable() == ledger.journal.position(), world.now() + SECOND));
        assertEquals(1, disk.syncs() - syncs);
    }

    @Test
    void whatNobodyWaitsForIsWrittenWithinASecondAndAsOne() throws JournalException {
        start();
        put(0, 0);
        long syncs = disk.syncs();
        for (int i = 0; i < 9; i++) {
            ledger.put(i, i);
            world.runFor(100 * MS);
        }
        assertEquals(syncs, disk.syncs());
        world.runFor(300 * MS);
        assertEquals(syncs + 1, disk.syncs());
        loop.crash();
        assertEquals(9, start().map.size());
    }

    @Test
    void intervalSyncsOnceASecondAndNeverNotAtAll() throws JournalException {
        start(Sync.INTERVAL, 0);
        put(0, 0);
        world.runFor(2 * SECOND);
        long syncs = disk.syncs();
        for (int i = 0; i < 300; i++) {
            put(i, i);
            world.runFor(10 * MS);
        }
        world.runFor(2 * SECOND);
        assertTrue(disk.syncs() - syncs >= 3 && disk.syncs() - syncs <= 4, "" + (disk.syncs() - syncs));
        loop.crash();
        assertEquals(300, start(Sync.NEVER, 0).map.size());
        syncs = disk.syncs();
        for (int i = 0; i < 300; i++) put(i, i + 1);
        world.runFor(10 * SECOND);
        assertTrue(disk.syncs() - syncs <= 1, "" + (disk.syncs() - syncs)); // at most that at the start
        end();
        loop.crash();
        assertEquals(301, start().map.get(299) + 1);
    }

    @ParameterizedTest
    @EnumSource(Sync.class)
    void compactionKeepsFilesFewAndLosesNothing(Sync sync) throws JournalException {
        start(sync, 1000);
        for (long i = 0; i < 20_000; i++) {
            ledger.put((int) (i % 100), i);
            if (i % 20 == 19) {
                ledger.journal.awaited();
                assertTrue(world.runUntil(() -> ledger.journal.durable() == ledger.journal.position(), world.now() + 10 * SECOND));
            }
        }
        end();
        assertTrue(ledger.snapshots > 3 && ledger.snapshots < 20, ledger.snapshots + " snapshots");
        assertTrue(ledger.longestSlice < 70_000);
        assertTrue(disk.list().length < 8, Arrays.toString(disk.list()));
        assertTrue(disk.bytesWritten() < 20_000 * 1012 * 1.2, disk.bytesWritten() + " bytes");
        TreeMap<Integer, Long> expected = ledger.map;
        if (sync != Sync.NEVER) loop.crash();
        assertEquals(expected, start(sync, 1000).map);
    }

    @Test
    void aStateThatOnlyGrowsIsNotRewritten() throws JournalException {
        start(Sync.ALWAYS, 1000);
        for (int i = 0; i < 10_000; i++) {
            ledger.put(i, i);
            if (i % 20 == 19) put(i, i);
        }
        assertEquals(0, ledger.snapshots);
        assertTrue(disk.bytesWritten() < 10_500 * 1012 * 1.05, disk.bytesWritten() + " bytes");
    }

    @Test
    void compactsOnDemandAndReusesFiles() throws JournalException {
        start(Sync.ALWAYS, 1000);
        for (int i = 0; i < 2500; i++) {
            ledger.put(i, i);
            if (i % 100 == 0) put(1, 2);
        }
        world.runFor(SECOND);
        ledger.map.keySet().removeIf(key -> key > 10);
        ledger.journal.compact();
        world.runFor(SECOND);
        assertTrue(files("spare-").size() + files("segment-").size() < 5, Arrays.toString(disk.list()));
        assertFalse(files("spare-").isEmpty());
        loop.crash();
        assertEquals(11, start(Sync.ALWAYS, 1000).map.keySet().stream().filter(key -> key <= 10).count());
        for (int i = 0; i < 2500; i++) ledger.put(i, i + 1);
        put(1, 7);
        world.runFor(SECOND);
        loop.crash();
        assertEquals(7, start(Sync.ALWAYS, 1000).map.get(1));
        assertEquals(2500, ledger.map.size());
        for (long value : ledger.map.values()) assertTrue(value > 0);
    }

    // ---- what is found at the start

    @Test
    void aTornEndIsCutWithALine() throws JournalException {
        start();
        put(1, 10);
        put(2, 20);
        byte[] content = disk.content(FIRST);
        int end = ledger.journal.bytes() > 0 ? (int) ledger.journal.bytes() : 0;
        disk.put(FIRST, Arrays.copyOf(content, end - 5));
        loop.crash();
        assertEquals(map(1, 10), start().map);
        assertTrue(loop.logged("39 bytes cut at byte"), loop.lines().toString());
        put(3, 30);
        loop.crash();
        assertEquals(map(1, 10, 3, 30), start().map);
    }

    @Test
    void everyByteOfTheLastBatchMatters() throws JournalException {
        start();
        put(1, 10);
        int before = (int) ledger.journal.bytes();
        put(2, 20);
        byte[] content = disk.content(FIRST);
        for (int at = before; at < ledger.journal.bytes(); at++) {
            byte[] changed = content.clone();
            changed[at] ^= 0x10;
            loop.crash();
            for (String each : disk.list()) disk.delete(each, error -> { });
            world.runFor(SECOND);
            disk.put(FIRST, changed);
            assertEquals(map(1, 10), start().map);
            put(2, 21);
            loop.crash();
            assertEquals(map(1, 10, 2, 21), start().map);
        }
    }

    /** Each bit of the middle batch: what is before and behind is used, one line says how much is not, and the file is kept. */
    @Test
    void damageInTheMiddleLeavesOutWhatIsDamagedAlone() throws JournalException {
        start();
        put(1, 10);
        int from = (int) ledger.journal.bytes();
        put(2, 20);
        int to = (int) ledger.journal.bytes();
        put(3, 30);
        byte[] content = disk.content(FIRST);
        for (int at = from; at < to; at += 4) {
            byte[] changed = content.clone();
            changed[at] ^= (byte) (1 << at / 4 % 8);
            only(FIRST, changed);
            int lines = loop.lines().size();
            assertEquals(map(1, 10, 3, 30), start().map, "byte " + at);
            assertEquals(1, ledger.holes);
            assertEquals(lines + 1, loop.lines().size(), loop.lines().toString());
            assertTrue(loop.lines().get(lines).contains(" is damaged at byte " + from + ": " + (to - from) + " bytes are left out; "), loop.lines().get(lines));
            put(4, 40);
            world.runFor(SECOND);
            assertEquals(1, files(FIRST + ".bad-").size());
            assertArrayEquals(changed, disk.content(files(FIRST + ".bad-").get(0)));
            loop.crash();
            assertEquals(map(1, 10, 3, 30, 4, 40), start().map);
            assertEquals(lines + 1, loop.lines().size());
        }
    }

    /** The power fails and there is nothing but this file. */
    private void only(String name, byte[] content) {
        nothing();
        disk.put(name, content);
    }

    private void nothing() {
        loop.crash();
        for (String each : disk.list()) disk.delete(each, error -> { });
        world.runFor(SECOND);
    }

    @Test
    void aDamagedHeadHindersNobody() throws JournalException {
        start();
        put(1, 10);
        put(2, 20);
        byte[] content = disk.content(FIRST);
        for (int bit = 0; bit < Segment.HEADER * 8; bit += bit >= 48 && bit < 64 ? 3 : 13) {
            byte[] changed = content.clone();
            changed[bit / 8] ^= (byte) (1 << bit % 8);
            only(FIRST, changed);
            assertEquals(map(1, 10, 2, 20), start().map, "bit " + bit);
            put(3, 30);
            loop.crash();
            assertEquals(map(1, 10, 2, 20, 3, 30), start().map, "bit " + bit);
        }
        assertFalse(loop.logged("damaged"), loop.lines().toString());
    }

    @Test
    void aMissingFileIsSaidAndWhatFollowsIsUsed() throws JournalException {
        start(Sync.ALWAYS, 1000);
        for (int i = 0; i < 3000; i++) put(i, i);
        assertTrue(files("segment-").size() >= 3);
        disk.delete(Segment.name(2), error -> { });
        world.runFor(SECOND);
        loop.crash();
        start(Sync.ALWAYS, 1000);
        assertTrue(ledger.map.size() > 1900 && ledger.map.size() < 2100 && ledger.map.get(2999) == 2999, "" + ledger.map.size());
        assertEquals(1, ledger.holes);
        assertTrue(loop.logged(FIRST + " is not followed by what was written next"), loop.lines().toString());
        put(7, 70);
        world.runFor(SECOND);
        TreeMap<Integer, Long> expected = ledger.map;
        int lines = loop.lines().size();
        loop.crash();
        assertEquals(expected, start(Sync.ALWAYS, 1000).map);
        assertEquals(lines, loop.lines().size(), loop.lines().toString());
    }

    /** Damage before a whole snapshot, which was written before older files could go. */
    @Test
    void aLaterSnapshotMakesUpForDamage() throws JournalException {
        start();
        put(1, 10);
        int at = (int) ledger.journal.bytes() + 40;
        put(2, 20);
        put(3, 30);
        ledger.journal.compact();
        world.runFor(SECOND);
        put(4, 40);
        byte[] content = disk.content(FIRST);
        content[at] ^= 1;
        only(FIRST, content);
        assertEquals(map(1, 10, 2, 20, 3, 30, 4, 40), start().map);
        assertEquals(0, ledger.holes);
        assertTrue(loop.logged("nothing is lost"), loop.lines().toString());
    }

    /** A snapshot that was given up, or was not done, makes up for nothing. */
    @Test
    void aSnapshotThatIsNotWholeIsNone() throws JournalException {
        start(Sync.ALWAYS, 1000);
        put(1, 10);
        int at = (int) ledger.journal.bytes() + 40;
        for (int i = 2; i < 400; i++) put(i, i);
        ledger.journal.compact();
        int size = (int) ledger.journal.bytes();
        assertTrue(world.runUntil(() -> ledger.journal.bytes() > size + 100_000, world.now() + SECOND));
        byte[] content = disk.content(FIRST);
        content[at] ^= 1;
        only(FIRST, content);
        assertEquals(398, start(Sync.ALWAYS, 1000).map.size());
        assertEquals(1, ledger.holes);
    }

    @Test
    void anEndInTheMiddleOfARecordIsNotSaidOfOldBytes() throws JournalException {
        start();
        put(1, 10);
        put(2, 20);
        byte[] content = disk.content(FIRST);
        Arrays.fill(content, (int) ledger.journal.bytes(), content.length, (byte) 7); // as a write that was cut short leaves it to shorter ones
        only(FIRST, content);
        assertEquals(map(1, 10, 2, 20), start().map);
        assertTrue(loop.lines().isEmpty(), loop.lines().toString());
    }

    /** What no sync has covered the power takes in any order: that is no damage. */
    @Test
    void unsyncedBatchesThatAreLostInAnyOrderAreNoDamage() throws JournalException {
        for (Sync sync : new Sync[] {Sync.NEVER, Sync.INTERVAL}) {
            start(sync, 0);
            put(1, 10);
            world.runFor(3 * SECOND);
            int[] ends = new int[6];
            for (int i = 0; i < 6; i++) {
                ends[i] = (int) ledger.journal.bytes();
                put(i + 2, i);
            }
            byte[] content = disk.content(FIRST);
            for (int lost = 0; lost < 5; lost++) {
                byte[] changed = content.clone();
                Arrays.fill(changed, ends[lost], ends[lost + 1], (byte) 0);
                only(FIRST, changed);
                assertEquals(lost + 1, start(sync, 0).map.size(), sync + " " + lost);
                put(100, lost);
                world.runFor(2 * SECOND);
                loop.crash();
                assertEquals(lost + 2, start(sync, 0).map.size());
                assertEquals(List.of(), Arrays.stream(disk.list()).filter(name -> name.contains("bad")).toList());
            }
            assertEquals(0, loop.lines().stream().filter(each -> each.contains("damaged")).count(), loop.lines().toString());
            // what a sync did cover is damage where it is missing
            byte[] changed = content.clone();
            changed[Segment.HEADER + 40] ^= 1;
            only(FIRST, changed);
            assertEquals(sync == Sync.NEVER ? 0 : 6, start(sync, 0).map.size());
            nothing();
        }
    }

    @Test
    void anotherVersionIsRefusedAndNothingChanged() throws JournalException {
        start();
        put(1, 10);
        byte[] content = disk.content(FIRST);
        content[7] = 9;
        CRC32C crc = new CRC32C();
        crc.update(content, 0, Segment.HEADER - 4);
        ByteBuffer.wrap(content).putInt(Segment.HEADER - 4, (int) crc.getValue());
        disk.put(FIRST, content);
        loop.crash();
        JournalException e = assertThrows(JournalException.class, this::start);
        assertEquals("/data/" + FIRST + " has format 9 and this mqttq reads format 2: nothing was changed; use the mqttq that wrote it, or another directory.", e.getMessage());
        world.runFor(SECOND);
        assertEquals(List.of(FIRST), List.of(disk.list()));
        assertArrayEquals(content, disk.content(FIRST));
    }

    /** Whatever bytes the files have, it starts and then keeps what it is given. */
    @Test
    void startsWithAnyBytes() throws JournalException {
        Random random = new Random(5);
        start(Sync.ALWAYS, 50);
        for (int i = 0; i < 200; i++) put(i % 7, i);
        int used = (int) ledger.journal.bytes();
        byte[] content = Arrays.copyOf(disk.content(FIRST), used + 2000);
        for (int round = 0; round < (Seeds.SOAK ? 5000 : 300); round++) {
            loop.crash();
            for (String each : disk.list()) disk.delete(each, error -> { });
            world.runFor(SECOND);
            byte[] changed = content.clone();
            int kind = random.nextInt(4);
            if (kind == 0) changed = Arrays.copyOf(changed, random.nextInt(used));
            if (kind == 1) for (int i = random.nextInt(20); i >= 0; i--) changed[8 + random.nextInt(used - 8)] = (byte) random.nextInt();
            if (kind == 2) Arrays.fill(changed, 8 + random.nextInt(used), changed.length, (byte) random.nextInt(2));
            if (kind == 3) System.arraycopy(content, random.nextInt(used), changed, 8 + random.nextInt(1000), 900);
            disk.put(FIRST, changed);
            if (random.nextBoolean()) disk.put(Segment.name(2), Arrays.copyOf(content, random.nextInt(used)));
            start(Sync.ALWAYS, 50);
            put(3, round);
            loop.crash();
            assertEquals(round, start(Sync.ALWAYS, 50).map.get(3));
        }
    }

    @Test
    void aBatchThatTheOwnerCannotUnderstandIsDamage() throws JournalException {
        start(Sync.ALWAYS, 0);
        put(1, 10);
        ledger.journal.room(3).putShort((short) 1);
        ledger.journal.awaited();
        world.runFor(SECOND);
        put(2, 20);
        loop.crash();
        assertEquals(map(1, 10, 2, 20), start().map);
        put(3, 30);
        world.runFor(SECOND);
        loop.crash();
        assertEquals(map(1, 10, 2, 20, 3, 30), start().map);
        assertEquals(1, files(FIRST + ".bad-").size());
    }

    // ---- disks that fail

    @Test
    void aFailedSyncIsNeverTakenForSuccess() throws JournalException {
        start();
        put(1, 10);
        disk.failSync("Input/output error");
        put(2, 20);
        assertFalse(loop.logged("cannot write"));
        world.runFor(SECOND);
        assertEquals(List.of(Segment.name(2)), List.of(disk.list())); // all of the first one was written again
        loop.crash();
        assertEquals(map(1, 10, 2, 20), start().map);
        put(3, 30);
        loop.crash();
        assertEquals(map(1, 10, 2, 20, 3, 30), start().map);
        assertFalse(loop.logged("damaged"), loop.lines().toString());
    }

    @Test
    void aDiskThatFailsForLongIsSaidOnceAndRecovers() throws JournalException {
        start();
        put(1, 10);
        disk.fail(20, "Read-only file system");
        ledger.put(2, 20);
        ledger.journal.awaited();
        world.runFor(3 * SECOND);
        assertEquals(List.of("cannot write: Read-only file system"), ledger.told.stream().filter(each -> each.contains("write")).toList());
        assertEquals("Read-only file system", ledger.journal.error());
        long durable = ledger.journal.durable();
        assertTrue(durable < ledger.journal.position());
        world.runFor(30 * SECOND);
        assertNull(ledger.journal.error());
        assertEquals(ledger.journal.position(), ledger.journal.durable());
        assertEquals(2, loop.lines().stream().filter(each -> each.contains("write")).count(), loop.lines().toString());
        loop.crash();
        assertEquals(map(1, 10, 2, 20), start().map);
    }

    @Test
    void changesBeyondMeasureAreLetGoAndTheSnapshotMakesUpForThem() throws JournalException {
        start(Sync.ALWAYS, 1000);
        put(1, 10);
        disk.fail(Integer.MAX_VALUE, "Input/output error");
        for (int i = 0; i < 20_000; i++) {
            ledger.put(i % 500, i);
            if (i % 100 == 0) world.runFor(50 * MS);
        }
        ledger.journal.awaited();
        assertTrue(ledger.journal.position() > 19_000_000);
        long durable = ledger.journal.durable();
        disk.fail(0, null);
        assertTrue(world.runUntil(() -> ledger.journal.durable() == ledger.journal.position(), world.now() + 10 * SECOND));
        assertTrue(ledger.journal.durable() > durable);
        TreeMap<Integer, Long> expected = ledger.map;
        loop.crash();
        assertEquals(expected, start(Sync.ALWAYS, 1000).map);
    }

    /** Each retry of a disk that fails in whatever way leaves nothing behind. */
    @Test
    void noFileMoreAfterADiskFailedThanBefore() throws JournalException {
        start(Sync.ALWAYS, 1000);
        for (int i = 0; i < 700; i++) put(i, i);
        world.runFor(SECOND);
        String[] before = disk.list();
        for (int kind = 0; kind < 5; kind++) {
            if (kind == 0) disk.fail(Integer.MAX_VALUE, "Too many open files");
            if (kind == 1) disk.failSyncs(60, "Input/output error");
            if (kind == 2) disk.capacity(0);
            if (kind == 3) disk.fail(9, "Input/output error").failSyncs(60, "Input/output error");
            if (kind == 4) disk.failSync("Input/output error");
            for (int i = 0; i < (kind == 2 ? 1500 : 100); i++) ledger.put(i % 700, i);
            ledger.journal.awaited();
            for (int i = 0; i < 20; i++) {
                world.runFor(SECOND);
                assertTrue(disk.list().length <= before.length + 2, "kind " + kind + ", try " + i + ": " + Arrays.toString(disk.list()));
            }
            disk.fail(0, null).failSyncs(0, null).capacity(Long.MAX_VALUE);
            assertTrue(world.runUntil(() -> ledger.journal.durable() == ledger.journal.position(), world.now() + 5 * SECOND), "kind " + kind);
            world.runFor(5 * SECOND);
            if (kind == 2) ledger.journal.compact(); // that was more than two files have room for
            world.runFor(5 * SECOND);
            assertTrue(disk.list().length <= (kind == 2 ? 4 : before.length), "kind " + kind + ": " + Arrays.toString(before) + " " + Arrays.toString(disk.list()));
        }
        TreeMap<Integer, Long> expected = ledger.map;
        loop.crash();
        assertEquals(expected, start(Sync.ALWAYS, 1000).map);
        assertFalse(loop.logged("damaged"));
    }

    /** Somebody removes files that nobody writes to: it is noticed, told, and all is written anew before anything counts as safe. */
    @Test
    void filesThatAreRemovedAreMissedWithinAMinute() throws JournalException {
        start(Sync.ALWAYS, 1000);
        for (int i = 0; i < 3000; i++) put(i, i);
        ledger.journal.compact();
        world.runFor(5 * SECOND);
        for (int kind = 0; kind < 3; kind++) {
            String[] all = disk.list();
            for (String name : kind == 0 ? all : kind == 1 ? new String[] {files("segment").get(0)} : all) disk.vanish(name);
            ledger.told.clear();
            if (kind == 2) put(1, 11);
            assertTrue(world.runUntil(() -> ledger.journal.stuck(), world.now() + 35 * SECOND), "kind " + kind);
            assertTrue(ledger.told.stream().anyMatch(each -> each.endsWith(" was removed")), ledger.told.toString());
            long durable = ledger.journal.durable();
            ledger.put(7, 70 + kind);
            ledger.journal.awaited();
            int snapshots = ledger.snapshots;
            assertTrue(world.runUntil(() -> ledger.journal.durable() > durable, world.now() + 5 * SECOND), "kind " + kind);
            TreeMap<Integer, Long> expected = new TreeMap<>(ledger.map);
            assertEquals(ledger.journal.position(), ledger.journal.durable());
            assertNull(ledger.journal.error());
            assertEquals(snapshots, ledger.snapshots, "begun when it was told");
            loop.crash();
            assertEquals(expected, start(Sync.ALWAYS, 1000).map, "kind " + kind);
            world.runFor(100 * SECOND);
            assertNull(ledger.journal.error());
        }
        assertFalse(loop.logged("damaged"), loop.lines().toString());
    }

    @Test
    void aSpareFileThatIsRemovedIsNotAskedForAgain() throws JournalException {
        start(Sync.ALWAYS, 1000);
        for (int i = 0; i < 2500; i++) put(i, i);
        ledger.map.keySet().removeIf(key -> key > 10);
        ledger.journal.compact();
        world.runFor(5 * SECOND);
        assertFalse(files("spare").isEmpty());
        for (String name : files("spare")) disk.vanish(name);
        for (int i = 0; i < 2500; i++) put(i % 10, i);
        world.runFor(5 * SECOND);
        assertNull(ledger.journal.error());
    }

    @Test
    void compactionGivesTheDiskBack() throws JournalException {
        start(Sync.ALWAYS, 1000);
        for (int i = 0; i < 20_000; i++) {
            ledger.put(i, i);
            if (i % 20 == 19) put(i, i);
        }
        assertTrue(disk.list().length > 20);
        ledger.map.keySet().removeIf(key -> key > 10);
        ledger.journal.compact();
        world.runFor(5 * SECOND);
        assertTrue(disk.list().length <= 4, Arrays.toString(disk.list()));
        for (int i = 50; i < 70; i++) disk.put(Files.SPARE + i, new byte[Files.SEGMENT]); // as older versions left them
        loop.crash();
        start(Sync.ALWAYS, 1000);
        world.runFor(5 * SECOND);
        assertTrue(disk.list().length <= 4, Arrays.toString(disk.list()));
    }

    @Test
    void aFullDiskIsKnownBeforeAnythingFails() throws JournalException {
        start(Sync.ALWAYS, 1000);
        put(0, 0);
        disk.capacity(Files.SEGMENT + 100);
        int n = 0;
        while (ledger.journal.error() == null) put(++n, n);
        assertEquals("No space left on device", ledger.journal.error());
        assertTrue(n * 1044 < Files.SEGMENT - Journal.RESERVE && n * 1044 > Files.SEGMENT / 2, "" + n);
        for (int i = 0; i < 100; i++) put(++n, n); // what cannot be refused has room for long
        disk.capacity(Long.MAX_VALUE);
        assertTrue(world.runUntil(() -> ledger.journal.error() == null, world.now() + 3 * SECOND));
        for (int i = 0; i < 1000; i++) put(++n, n);
        assertEquals(List.of("cannot write: No space left on device", "writes"), ledger.told.stream().filter(each -> each.contains("write")).toList());
        loop.crash();
        assertEquals(n + 1, start(Sync.ALWAYS, 1000).map.size());
    }

    @Test
    void aFullDiskIsMadeRoomOnByCompaction() throws JournalException {
        start(Sync.ALWAYS, 1000);
        disk.capacity(3 * Files.SEGMENT + 100);
        for (int i = 0; i < 30_000; i++) {
            put(i % 10, i);
            assertNull(ledger.journal.error());
        }
        loop.crash();
        assertEquals(29_999, start(Sync.ALWAYS, 1000).map.get(9));
    }

    @Test
    void shutdownOnADiskThatFailsEndsAllTheSame() throws JournalException {
        start();
        put(1, 10);
        disk.fail(Integer.MAX_VALUE, "Input/output error");
        ledger.put(2, 20);
        end();
        assertTrue(loop.logged("the last changes are lost"));
    }

    // ---- time

    @Test
    void timeGoesOnFromStartToStartWhateverTheClockDoes() throws JournalException {
        long hour = 3_600_000, year = 8766 * hour, wall = loop.wallMillis();
        start();
        world.runFor(10 * SECOND);
        put(1, 1);
        long time = ledger.journal.time();
        for (long[] jump : new long[][] {{hour, hour}, {-10 * year, 0}, {10 * year, 0}, {30 * year, 0}, {-hour, 0}, {48 * hour, 48 * hour}}) {
            loop.crash();
            loop.wall(wall += jump[0]);
            start();
            assertEquals(time + jump[1], ledger.journal.time(), 20_000);
            assertEquals(loop.now() - 5000 * MS, ledger.journal.loopNanos(ledger.journal.time() - 5000), MS);
            loop.wall(wall += 20 * year); // while it runs it makes no difference
            world.runFor(10 * SECOND);
            put(1, 1);
            assertTrue(ledger.journal.time() - time - jump[1] < 30_000);
            time = ledger.journal.time();
            wall += 10_000;
        }
    }

    // ---- power cuts

    /** After any power cut the state is that of the end of some turn, not before what was said to be safe. */
    @Test
    void aPowerCutAtAnyMomentLosesNothingSafeAndTearsNoTurn() throws JournalException {
        for (long seed : Seeds.each(2, 40)) for (Sync sync : Sync.values()) cut(seed, sync);
    }

    private static void cut(long seed, Sync sync) throws JournalException {
        SimWorld world = new SimWorld(seed);
        SimLoop loop = world.host("10.0.0.1");
        Random random = new Random(seed);
        TreeMap<Integer, Long> before = new TreeMap<>();
        long value = 0;
        for (int round = 0; round < 25; round++) {
            Ledger ledger = new Ledger(loop, sync, 800).open();
            assertEquals(before, ledger.map, "seed " + seed + ", round " + round);
            ledger.turn();
            long until = world.now() + (long) (random.nextDouble() * random.nextDouble() * 3 * SECOND);
            while (world.now() < until) {
                for (int i = random.nextInt(100); i > 0; i--) ledger.put(random.nextInt(300), ++value);
                if (random.nextInt(3) > 0) ledger.journal.awaited();
                if (random.nextInt(20) == 0) ledger.disk().failSync("Input/output error");
                if (random.nextInt(50) == 0) ledger.disk().fail(random.nextInt(4), "Input/output error");
                if (random.nextInt(200) == 0) ledger.journal.compact();
                world.runFor(1); // the turn ends
                ledger.turn();
                world.runFor((long) (random.nextDouble() * 20 * MS));
            }
            long durable = sync == Sync.ALWAYS ? ledger.journal.durable() : 0;
            loop.crash();
            Ledger after = new Ledger(loop, sync, 800);
            after.journal.open();
            var possible = new TreeSet<>(ledger.turns.tailMap(ledger.turns.floorKey(durable)).keySet());
            boolean found = false;
            for (long position : possible) found |= ledger.turns.get(position).equals(after.map);
            assertTrue(found || sync == Sync.NEVER, "seed " + seed + " " + sync + ", round " + round + ": a state that never was, or older than " + durable);
            before = after.map;
            loop.crash();
        }
        assertNotNull(before);
        if (sync == Sync.ALWAYS) assertFalse(loop.logged("damaged"), "seed " + seed + " " + sync + ": " + loop.lines());
    }

    @Test
    void bytesOfABatchAreThoseOfItsChangesAndLittleMore() throws JournalException {
        start();
        put(1, 1);
        long bytes = disk.bytesWritten();
        put(1, 2);
        assertEquals(12 + Segment.FRAME, disk.bytesWritten() - bytes);
        assertEquals(ByteBuffer.wrap(disk.content(FIRST)).getLong(8), 1);
    }
}
