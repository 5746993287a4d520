package mqttq.quic;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Attacks on QUIC stacks that are known, and the test that shows how each fares here: the list, and that it is kept. */
class HardeningTest {
    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "handshake flood, quic/EndpointTest, aFloodOfHandshakesIsBounded",
        "handshake flood: proof of the address, quic/EndpointTest, aBusyServerAsksForProofOfTheAddress",
        "handshake flood: no connection without a ClientHello, quic/EndpointTest, initialsWithoutAClientHelloCostNoConnection",
        "amplification, quic/AmplificationTest, aLongChainWaitsForTheClientAndGetsThrough",
        "amplification: small Initials, quic/AmplificationTest, smallInitialsAreDropped",
        "amplification on a new path, quic/PathTest, anUnvalidatedPathGetsThreeTimesWhatItSentAndIsGivenUp",
        "anti-amplification deadlock, quic/AmplificationTest, theClientProbesWithNothingInFlight",
        "optimistic ACK: skipped numbers, quic/AttackTest, anAckOfASkippedNumberCloses",
        "optimistic ACK: numbers never sent, quic/AttackTest, anAckOfWhatWasNeverSentCloses",
        "PATH_CHALLENGE flood, quic/PathTest, onlyTheLatestChallengesAreKept",
        "rising Retire Prior To, quic/AttackTest, risingRetirePriorToClosesInsteadOfQueueing",
        "connection ids beyond the limit, quic/AttackTest, moreConnectionIdsThanAgreedClose",
        "truncated transport parameters, quic/packet/TransportParametersTest, mutatedOnesAreReadOrRefused",
        "frame in the wrong packet or role, quic/frame/FrameParserTest, everyCellOfTheTableOfFramesAndPackets",
        "CRYPTO in the wrong state, quic/AttackTest, cryptoAfterTheHandshakeIsAnUnexpectedMessage",
        "connection id table flooding, quic/packet/ConnectionIdMapTest, idsThatCollideUnderAnotherKeyDoNotSlowItDown",
        "memory by undecryptable packets, quic/AttackTest, packetsBeforeTheirKeysAreKeptButFew",
        "one key for two uses, quic/PartsOfConnectionsTest, noTokenIsTakenForTheOtherKindOrForgiven",
        "any token accepted, quic/PartsOfConnectionsTest, randomTokensAreNone",
        "memory by a claimed handshake length, tls/AlertTest, aClaimedLengthReservesNoMemory",
        "empty datagrams, loop/nio/NioUdpTest, datagramsGoThereAndBackEmptyOnesToo",
        "endless loops, quic/frame/FrameParserTest, randomAndMutatedPayloadsEndInFramesOrAQuicException",
        "endless loops, quic/AttackTest, mutatedDatagramsNeverBreakAnything",
        "1-byte STREAM frames at even offsets, quic/stream/StreamsTest, oneByteFramesAtEvenOffsetsHaveAnEnd",
        "ECN counts that lie, quic/recovery/LossDetectorTest, ecnFailsWhereCountsAreImpossible",
        "stream commitment, quic/stream/StreamsTest, streamCommitmentIsBoundedByTheConnectionsWindow",
        "slowloris on the handshake, quic/HandshakeTest, handshakeThatStopsHalfwayIsForgottenByTheServer",
        "odd frames without end, quic/AttackTest, oddFramesWithoutEndClose",
        "reset oracle: another key, quic/EndpointTest, aResetUnderAnotherKeyIsNone",
        "reset ping-pong, quic/EndpointTest, resetsReflectedBetweenTwoServersDieOut",
        "resets larger than what they answer, quic/EndpointTest, resetsAreSmallerThanWhatTheyAnswer",
        "stateless answers without end, quic/EndpointTest, answersToNobodyAreRateLimited",
        "version downgrade, quic/VersionTest, aForgedVersionNegotiationPacketDowngradesNothing",
        "0-RTT replay, quic/EarlyDataTest, aReplayedFlightIsTakenOnce",
        "0-RTT replay after a restart, quic/EarlyDataTest, aReplayedFlightIsNothingAfterARestart",
        "forged key phase, quic/KeyUpdateTest, aForgedKeyPhaseChangesNothing",
        "forgeries beyond the integrity limit, quic/KeyUpdateTest, tooManyForgeriesEndTheConnection",
        "final sizes that contradict each other, quic/stream/StreamsTest, everyOrderOfContradictingFinalSizesIsAnError",
        "late frames of closed streams, quic/stream/StreamsTest, lateFramesOfClosedStreamsAreIgnored",
        "JCA: a packet twice and a forgery before, quic/crypto/PacketProtectionTest, aForgedPacketFailsAndTheGenuineOneOpensAfterIt",
        "datagrams faster than the network, quic/DatagramTest, noMoreWaitThanTheLimit",
        "MTU probes that say too much, quic/MtuTest, datagramsGrowToWhatThePathCarries",
    })
    void hasItsTest(String attack, String file, String method) throws IOException {
        assertTrue(Files.readString(Path.of("test/mqttq", file + ".java")).contains("void " + method + "("), attack + ": " + file + "." + method);
    }
}
