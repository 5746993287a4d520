/**
 * The words every codec needs: numbers, text and arrays in the forms that protocols share. Depends on the JDK alone and knows no protocol.
 *
 * <p><b>In and out</b>: byte arrays, {@code ByteBuffer}s and strings; values come back, or an {@code IllegalArgumentException} in one line
 * where a person wrote the input. {@link mqttq.wire.Varint} is QUIC's variable-length integer, {@link mqttq.wire.Json} a writer (and a
 * checking copier) of JSON, {@link mqttq.wire.Strftime} C's times as text, {@link mqttq.wire.BrokerUrl} an address of a broker as users
 * write it, {@link mqttq.wire.Digests} what password files and SCRAM compute.
 *
 * <p><b>Memory</b>: {@link mqttq.wire.BufferPool} is the one free list of arrays; what grows and shrinks on the hot path takes from it and
 * gives back.
 *
 * <p><b>Must not know</b> sockets, clocks, threads, or who asks. Nothing here keeps state between calls but the pool. Start with
 * {@link mqttq.wire.Varint}: the shortest example of the style.
 */
package mqttq.wire;
