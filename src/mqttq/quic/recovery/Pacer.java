package mqttq.quic.recovery;

/** Spreads what the congestion window allows over the round trip (RFC 9002 §7.7), in bursts that a 1 ms timer can do. Times in ns. */
final class Pacer {
}
