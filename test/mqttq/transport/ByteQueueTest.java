package mqttq.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.nio.ByteBuffer;
import mqttq.wire.BufferPool;
import org.junit.jupiter.api.Test;

class ByteQueueTest {
    private final BufferPool pool = new BufferPool(1 << 16);
    private final ByteQueue queue = new ByteQueue(pool, 1000);

    @Test void itsArrayGoesBackWithTheLastByte() {
        queue.put(ByteBuffer.allocate(100));
        ByteBuffer view = queue.view();
        byte[] array = view.array();
        view.position(view.limit());
        queue.taken();
        assertSame(array, pool.take(100));
    }

    /** Whoever is offered bytes may close the pipe and go on reading them: nobody else may write there meanwhile. */
    @Test void whatIsBeingReadIsGivenToNobody() {
        queue.put(ByteBuffer.wrap(new byte[100]));
        ByteBuffer view = queue.view();
        queue.clear();
        assertNotSame(view.array(), pool.take(100));
        assertEquals(0, queue.length());
        queue.put(ByteBuffer.allocate(100));
        ByteBuffer again = queue.view();
        byte[] next = again.position(again.limit()).array();
        queue.taken();
        assertSame(next, pool.take(100));
    }
}
