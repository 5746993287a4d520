/**
 * The Java API: {@link mqttq.client.MqttClient}, for use from any thread. Exported.
 *
 * <p>It starts a loop thread of its own and hands calls over to {@link mqttq.client.core.ClientCore}, which has all the logic; results are
 * {@code CompletableFuture}s, messages come to a listener on the loop's thread.
 *
 * <p><b>In</b>: a URL and a builder that describes trust, identity, session and limits; then {@code publish}, {@code subscribe},
 * {@code close}. <b>Out</b>: a future for each call, which says what became of it: the broker's reason code, or why it could not be done.
 *
 * <p><b>Who owns what</b>: the client owns its loop and its thread; closing it ends both. Listeners must not block, since the connection
 * waits for them.
 *
 * <p><b>Must not know</b> anything that {@code client.core} decides: sessions, retries, fallback.
 */
package mqttq.client;
