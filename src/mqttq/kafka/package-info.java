/**
 * Kafka's protocol by hand: a producer that sends each record once, a consumer that reads each partition in order, and the connections
 * below them. It knows bytes, keys and headers, not MQTT, and keeps nothing on disk: an owner above it does.
 *
 * <p><b>In</b> come records ({@link mqttq.kafka.Producer#send}), batches of an earlier process ({@link mqttq.kafka.Producer#restore}), and
 * topics to read ({@link mqttq.kafka.Consumer#subscribe}). <b>Out</b> go the calls of {@link mqttq.kafka.Producer.Owner} and {@link
 * mqttq.kafka.Consumer.Owner}, and one line for the log whenever something has changed for the worse or the better.
 *
 * <p><b>Who owns what</b>: a {@link mqttq.kafka.Cluster} has the addresses, one {@code KafkaLink} to each broker that is needed, and the
 * metadata. A {@code KafkaLink} is one connection: versions, SASL, frames, requests ({@code Call}) and their answers in order. A {@link
 * mqttq.kafka.Producer} has a {@code Line} for each partition: batches in order, the first five numbered, the first of these in flight.
 * All of them ask "what can be done now?" at the end of a turn and are woken by {@code Cluster.Watcher}; none waits for another.
 *
 * <p><b>Exactly once</b>: a batch with producer id, epoch and sequence may be sent as often as one likes, Kafka takes it once, as long as
 * it is among the last five of that producer and partition. So at most five are numbered and unanswered; a numbered batch keeps its bytes
 * until Kafka has answered; where nobody knows what became of it, it goes out again as it is, and numbers change only where Kafka has
 * refused them. The owner sees each batch with its numbers before it goes out, may write it down first, and hands it in again after a
 * restart. Until Kafka has taken one batch of a producer, and after any failure, one goes alone: Kafka takes any number as the first.
 *
 * <p><b>Bounds</b>: records in memory ({@link mqttq.kafka.KafkaSettings#buffered}), requests under way (5 a broker), a response ({@link
 * mqttq.kafka.KafkaSettings#responseLimit}), what a batch unpacks to ({@link mqttq.kafka.KafkaSettings#unpackedLimit}).
 *
 * <p><b>Start reading</b> at {@link mqttq.kafka.Producer#send}, then {@code Line}, which has the rules; {@code RecordBatch} and {@code
 * BatchBuilder} have the bytes; {@code Api} says which versions are spoken, those before the "flexible" encoding.
 */
package mqttq.kafka;
