package mqttq.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.net.ssl.X509ExtendedTrustManager;
import mqttq.config.StartOptions;
import mqttq.loop.Loop;
import mqttq.quic.ConnectionOptions;
import mqttq.quic.EndpointConfig;
import mqttq.tls.Identity;
import mqttq.tls.TlsConfig;
import mqttq.tls.Trust;
import mqttq.transport.QuicTransport;
import mqttq.transport.Transport;

/** The transport that a client command asks for, with its trust and its identity. */
final class ClientTransports {
    private ClientTransports() { }

    static Transport of(Loop loop, ClientOptions options, PrintStream err) throws UsageException {
        return switch (options.transport) {
            case "quic" -> QuicTransport.client(EndpointConfig.of(loop.entropy(), loop), tls(loop, options, err), ConnectionOptions.CLIENT, options.host);
            default -> throw new UsageException("Error: Unknown transport '" + options.transport + "'.");
        };
    }

    private static TlsConfig tls(Loop loop, ClientOptions options, PrintStream err) throws UsageException {
        TlsConfig.Builder tls = TlsConfig.builder(loop.entropy(), loop::wallMillis).applicationProtocols(options.alpn == null ? "mqtt" : options.alpn);
        tls.trustManager(trust(options, err)).identifyEndpoint(!options.insecure);
        Identity identity = identity(options);
        if (identity != null) tls.keyManager(identity);
        return tls.build();
    }

    private static X509ExtendedTrustManager trust(ClientOptions options, PrintStream err) throws UsageException {
        if (options.insecure) {
            if (!options.quiet) err.println("Warning: --insecure: the broker's certificate is not checked; anybody may be at the other end.");
            return Trust.insecure();
        }
        String file = options.caFile != null ? options.caFile : options.caPath;
        try {
            if (file != null) return Trust.ofPem(Path.of(file));
            Path own = Path.of(StartOptions.defaultDataDirectory(), "broker.crt");
            return Files.isReadable(own) ? Trust.defaultRootsAnd(Trust.certificates(own)) : Trust.defaultRoots();
        } catch (IOException | RuntimeException e) {
            throw new UsageException("Error: Unable to load CA certificates: " + e.getMessage());
        }
    }

    private static Identity identity(ClientOptions options) throws UsageException {
        if (options.certFile == null) return null;
        try {
            return Identity.ofPem(Path.of(options.certFile), Path.of(options.keyFile));
        } catch (IOException | RuntimeException e) {
            throw new UsageException("Error: Unable to load client certificate: " + e.getMessage());
        }
    }
}
