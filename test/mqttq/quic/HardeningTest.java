package mqttq.quic;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Attacks on QUIC stacks and MQTT brokers that are known, and the test that shows how each fares here: the list, and that it is kept. */
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
        "handshakes that lead to no stream, transport/QuicTransportTest, connectionsWithoutAStreamAreFewAndEndSoon",
        "handshakes of TLS and WebSocket, transport/PipeTransportsTest, silentPeersRunIntoTheDeadlineAndTheirNumberIsLimited",
        "0-RTT replay of a whole session, system/ResumingTest, aReplayedFirstFlightIsDeliveredOnceAlsoAfterARestartOfTheBroker",
        "slowloris on CONNECT, broker/LimitsTest, whoSendsNoConnectInTimeIsShownOut",
        "slowloris on a half-sent packet, broker/LimitsTest, aPacketThatDoesNotGoOnEndsTheConnectionWithoutAKeepAlive",
        "half-sent packets of many, broker/LimitsTest, unfinishedPacketsTakeSoMuchTogetherAndTheOldestGivesWay",
        "CONNECT flood, broker/LimitsTest, anAddressConnectsSoOften",
        "CONNECT flood: many connections, broker/LimitsTest, anAddressHasSoManyConnections",
        "CONNECT flood: not let in yet, broker/ConnectTest, tooManyThatDoNotSayWhoTheyArePushOutTheOldest",
        "CONNECT flood: those turned away, broker/LimitsTest, ofThoseTurnedAwayFewAreToldAndNoneForLong",
        "giant Remaining Length, broker/ConnectTest, aLargePacketBeforeConnectIsNotGathered",
        "giant Remaining Length once let in, broker/PublishTest, aPacketLargerThanTheBrokerTakesEndsTheConnection",
        "deep topic trees, broker/PublishTest, topicsHaveSoManyLevels",
        "deep topic trees: filters, broker/SubscribeTest, aClientsSubscriptionsTakeSoMuchMemory",
        "$share blow-up, broker/LimitsTest, shareGroupsCountAsSubscriptionsAndAMessageGoesOnceToEach",
        "wildcard blow-up, broker/SubscriptionTreeTest, theCostOfMatchingDoesNotGrowWithTheNumberOfSubscriptions",
        "topic tree flooding, broker/SubscriptionTreeTest, levelsThatCollideUnderAKnownHashAreSpread",
        "retained flood, broker/SubscribeTest, thereAreSoManyRetainedMessages",
        "retained flood: bytes, broker/LimitsTest, retainedMessagesTakeSoManyBytes",
        "retained flood: to a subscriber, broker/SubscribeTest, butNotMoreThanTheBacklogHolds",
        "alias abuse, broker/PublishTest, anAliasBeyondTheMaximumEndsTheConnection",
        "alias abuse: bytes, broker/PublishTest, aliasesTakeOnlySoMuchRoom",
        "alias abuse: the broker's own, session/AliasesTest, topicsThatAreVeryLongGetNone",
        "large names and wills, broker/LimitsTest, namesWillsAndAliasesCountForTheMemoryLimitUntilTheyGo",
        "QoS 2 without PUBREL, session/ReceivedTest, moreThanTheReceiveMaximumIsTooMany",
        "offline queue growth, broker/PublishTest, aQueueTakesSoManyMessages",
        "offline queue growth: all together, broker/PublishTest, allThatIsKeptTogetherTakesSoMuchMemory",
        "memory limit, broker/LimitsTest, atTheMemoryLimitQos0GoesFirstAndNewClientsAreTurnedAwayAndOldOnesAreNot",
        "who does not read, broker/PublishTest, aSlowSubscriberIsBoundedAndCountedAndHoldsUpNobody",
        "memory that runs out all the same, broker/LimitsTest, whenMemoryRunsOutThoseGoThatHoldMost",
        "password guessing, auth/ListenerAccessTest, anAddressThatKeepsFailingHasToWait",
        "password guessing: the processor, auth/ListenerAccessTest, theQueueOfHashesIsBounded",
        "password guessing: by time, auth/ListenerAccessTest, unknownUsersCostAHashToo",
        "secrets in logs, server/SecretsTest, nothingSecretIsLoggedAtAnyLevel",
        "log lines made up, broker/ConnectTest, namesOfClientsCannotForgeLogLines",
    })
    void hasItsTest(String attack, String file, String method) throws IOException {
        assertTrue(Files.readString(Path.of("test/mqttq", file + ".java")).contains("void " + method + "("), attack + ": " + file + "." + method);
    }
}
