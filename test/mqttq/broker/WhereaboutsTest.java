package mqttq.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import mqttq.journal.JournalException;
import mqttq.link.TestPipe;
import mqttq.sim.SimWorld;
import org.junit.jupiter.api.Test;

/** Where QUIC clients are, as the journal has it, and who is told after the process has died. */
class WhereaboutsTest {
    private TestBroker broker;
    private final List<String> told = new ArrayList<>();
    private boolean network = true;

    WhereaboutsTest() throws JournalException {
        broker = new TestBroker(settings -> settings.maxClients = -1).keep();
    }

    private TestClient client(String id, int port, int cid) {
        TestPipe pipe = new TestPipe(port);
        pipe.sentTo = new byte[] {(byte) (cid >> 8), (byte) cid, 0, 0, 0, 0, 0, 1};
        return broker.client(id, pipe).connect();
    }

    private void moves(TestClient client, int port, int cid) {
        client.pipe.remote = SimWorld.address("127.0.0.1", port);
        if (cid >= 0) client.pipe.sentTo = new byte[] {(byte) (cid >> 8), (byte) cid, 0, 0, 0, 0, 0, 1};
        else client.pipe.sentTo = null;
        client.pipe.handler().onPath();
    }

    private void restart() throws JournalException {
        told.clear();
        broker = broker.restart();
        broker.broker.tellLost(this::reset);
    }

    private boolean reset(byte[] id, InetSocketAddress local, InetSocketAddress remote) {
        if (!network) return false;
        assertEquals(SimWorld.address("127.0.0.1", 1883), local);
        told.add(remote.getPort() + ":" + ((id[0] & 0xff) << 8 | id[1] & 0xff));
        return true;
    }

    private void tells(String... expected) {
        broker.seconds(5);
        assertEquals(List.of(expected), told);
    }

    @Test
    void whoIsConnectedIsToldOnceNewestFirst() throws JournalException {
        client("a", 1001, 1);
        client("b", 1002, 2);
        broker.client("tcp", new TestPipe(1003)).connect();
        broker.seconds(11);
        restart();
        assertEquals(List.of(), told, "not before the journal has it that they were");
        tells("1002:2", "1001:1");
        restart();
        tells();
        client("a", 1001, 7);
        broker.seconds(11);
        restart();
        tells("1001:7");
    }

    @Test
    void whoMovedIsToldWhereItIsAndWhoLeftIsNot() throws JournalException {
        TestClient moved = client("moved", 1001, 1), cid = client("cid", 1002, 2), lost = client("lost", 1003, 3), left = client("left", 1004, 4);
        TestClient gone = client("gone", 1005, 5), old = client("taken over", 1006, 6);
        broker.seconds(11);
        moves(moved, 2001, 1);
        moves(cid, 1002, 12);
        moves(lost, 2003, -1);
        left.disconnect();
        gone.lose();
        client("taken over", 1007, 7);
        broker.seconds(11);
        restart();
        broker.seconds(5);
        assertEquals(new TreeSet<>(List.of("2001:1", "1002:12", "1007:7")), new TreeSet<>(told));
    }

    @Test
    void whoIsBackIsNotToldAndNoAddressTwice() throws JournalException {
        client("a", 1001, 1);
        client("b", 1002, 2);
        client("c", 1003, 3);
        client("d", 1003, 4);
        broker.seconds(11);
        restart();
        broker.client("b").connect();
        tells("1003:4", "1001:1");
    }

    @Test
    void itRidesOnWhatIsWrittenAnyway() throws JournalException {
        client("a", 1001, 1);
        broker.client("kept").keep().connect();
        broker.seconds(0.2);
        restart();
        tells("1001:1");
    }

    @Test
    void byItselfItMakesOneSyncInTenSeconds() throws JournalException {
        long before = broker.disk().syncs();
        List<TestClient> clients = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            clients.add(client("c" + i, 1000 + i, i));
            moves(clients.get(0), 3000 + i, i);
            broker.seconds(1);
        }
        long made = broker.disk().syncs() - before;
        assertTrue(made >= 5 && made <= 7, made + " syncs in 60 s");
        broker.seconds(10);
        before = broker.disk().syncs();
        for (TestClient client : clients) client.pipe.handler().onPath();
        client("short", 4000, 99).disconnect();
        broker.seconds(30);
        assertEquals(before, broker.disk().syncs(), "nothing is another than before");
        restart();
        broker.seconds(5);
        assertEquals(60, told.size());
    }

    /** Within ten seconds on its own, whenever the last time was. */
    @Test
    void nobodyWaitsLongerThanTenSeconds() throws JournalException {
        for (int i = 0; i < 15; i++) {
            client("first" + i, 1000 + i, 1);
            broker.seconds(0.7 + i * 0.61);
            client("second" + i, 2000 + i, 2);
            broker.seconds(10.05);
            restart();
            broker.seconds(5);
            assertTrue(told.contains(1000 + i + ":1") && told.contains(2000 + i + ":2"), i + ": " + told);
        }
    }

    @Test
    void theNewestTenThousandAtFiveHundredASecond() throws JournalException {
        for (int i = 0; i < 10_100; i++) {
            ByteBuffer out = ((Keeper) broker.broker.state()).begin(Records.PLACE, 64);
            Records.put(out, ("c" + i).getBytes());
            Records.put(out, new byte[] {(byte) (i >> 8), (byte) i, 0, 0, 0, 0, 0, 1});
            Records.put(out, new byte[] {127, 0, 0, 1, 1883 >> 8, 1883 & 0xff});
            Records.put(out, new byte[] {127, 0, 0, 1, (byte) (1000 + i >> 8), (byte) (1000 + i)});
        }
        broker.seconds(2);
        restart();
        broker.seconds(1);
        int start = told.size();
        broker.seconds(4);
        assertEquals(2000, told.size() - start, 20);
        assertTrue(start <= 520, start + " in the first second");
        broker.seconds(20);
        assertEquals(Whereabouts.MOST, told.size());
        assertEquals("11099:10099", told.get(0));
        assertEquals("1100:100", told.get(told.size() - 1));
    }

    @Test
    void snapshotsHaveIt() throws JournalException {
        TestClient a = client("a", 1001, 1);
        client("b", 1002, 2);
        broker.seconds(11);
        broker.broker.compact();
        broker.seconds(2);
        a.disconnect();
        client("c", 1003, 3);
        broker.broker.compact();
        broker.seconds(12);
        broker.broker.compact();
        broker.seconds(2);
        restart();
        tells("1003:3", "1002:2");
    }

    @Test
    void anOrderlyEndLeavesNobodyToTell() throws JournalException {
        TestClient a = client("a", 1001, 1);
        broker.seconds(11);
        broker.broker.shutdown();
        a.pipe.turn();
        broker.broker.flush(() -> { });
        broker.seconds(1);
        restart();
        tells();
    }

    @Test
    void theNetworkMayComeLater() throws JournalException {
        client("a", 1001, 1);
        client("b", 1002, 2);
        broker.seconds(11);
        network = false;
        restart();
        broker.seconds(30);
        network = true;
        tells("1002:2", "1001:1");
    }

    @Test
    void butNotMuchLater() throws JournalException {
        client("a", 1001, 1);
        broker.seconds(11);
        network = false;
        restart();
        broker.seconds(62);
        network = true;
        tells();
        assertFalse(broker.loop.logged("Error"));
    }

    @Test
    void whatAnotherDiskHeldBackIsNotTold() throws JournalException {
        client("a", 1001, 1);
        broker.seconds(11);
        broker.disk().fail(1_000_000, "Input/output error");
        restart();
        broker.seconds(5);
        assertEquals(List.of(), told, "it would be told again by the next process");
    }
}
