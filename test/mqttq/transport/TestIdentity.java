package mqttq.transport;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;

/** A self-signed P-256 certificate for broker.test, localhost, 10.0.0.2 and 127.0.0.1, valid to 2114; who trusts it, and who does not. */
final class TestIdentity {
    private static final char[] PASSWORD = "secret".toCharArray();
    private static final String PKCS12 =
        "MIIEFgIBAzCCA8AGCSqGSIb3DQEHAaCCA7EEggOtMIIDqTCCASAGCSqGSIb3DQEHAaCCAREEggENMIIBCTCCAQUGCyqGSIb3DQEMCgECoIG9MIG6MGYG" +
        "CSqGSIb3DQEFDTBZMDgGCSqGSIb3DQEFDDArBBTl0xoHk3cr6BeMJRsH2RA3zECFFAICJxACASAwDAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEBTi" +
        "qUbGnmbnwaQCM/TleMkEUEOglJc0nhRlzwL5mprzTBTpd26IpNYAl5EeN2oRYeX+g75v0LDD45oroU5D82M76DslZGkfxImC7s11oXDOs0sqZukKWIkB" +
        "aZ26Zt7PrjQ6MTYwEQYJKoZIhvcNAQkUMQQeAgBrMCEGCSqGSIb3DQEJFTEUBBJUaW1lIDE3OTUzOTgwMzI4MDAwggKBBgkqhkiG9w0BBwagggJyMIIC" +
        "bgIBADCCAmcGCSqGSIb3DQEHATBmBgkqhkiG9w0BBQ0wWTA4BgkqhkiG9w0BBQwwKwQUnTvmvvmG5S5R5b0GGSCpurXy7V8CAicQAgEgMAwGCCqGSIb3" +
        "DQIJBQAwHQYJYIZIAWUDBAEqBBCO0TlYUY3Kh4F7Hyt6zq31gIIB8C2Ll2BL320b8D6iWrnveIAdAG6Y0OLgMZleTMHwnl8uh9QlCbSOW4UNz0mDNfp0" +
        "FDs5ll7FezE46/PVRFUL6HSoOCuWLg60Mv2FhKbs4Za+M6iSHIyvdNK8C0RA9lcr2dMR1/NV2F57r11MVR+8WvSvm/mwT8l5q6bjpxPExtOCrCibn4xn" +
        "0Leo6Y4uTlDUw1ClHazM/l8NpiwjdSblYfQ5413wd/3bxKh2AvNmjKjZDchW3rdCnfXwoEvVnKA/QvHEi+Ozkzzk05NWgp10VvROTS77vs6+HKCrA4Va" +
        "yR0t0nO80rgMm7PLhU9nHuxFhdR/5erpzKVe5itBfRsGe9pNdksBTgQ/GFSy7Y5gFOe4Gzzbodm71hZs8jjv9RIpk1ACw732AUr4ILcHGbt7LFWh1bJC" +
        "HLoOl07l14vloF1QLc8+7N47IZLTvfPQDjVYdUaGYC3pls4wb0nl+vW/VZSHsqwAYSIHDy0ulvuv/rYYBQbOH3PglW3fhNw4vnZeYCsfFCRzWza6rfCF" +
        "lcjz7vhavdZmUI6FGRn9FfE189IFSoYO8QJ+UPx6fEQQwuBaIjdV1rXA2ApR3hDFRYXLr923jIbZiZW+0mb2HZRN0e9RNwTGIHGizwDefnkapRElyeIC" +
        "GYyaxGOhryyB1+JQdJQwTTAxMA0GCWCGSAFlAwQCAQUABCBeEnsBNtJel7sBLLg1Tijrm6Y6iqgqlj8SKWXgZc6FAwQUdwMnj/x1ZjJC3DBxasD8AZ6D" +
        "WysCAicQ";
    static final X509ExtendedKeyManager KEY;
    static final X509ExtendedTrustManager TRUST;

    static {
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(new ByteArrayInputStream(Base64.getDecoder().decode(PKCS12)), PASSWORD);
            KeyManagerFactory keys = KeyManagerFactory.getInstance("SunX509");
            keys.init(store, PASSWORD);
            KEY = (X509ExtendedKeyManager) keys.getKeyManagers()[0];
            KeyStore anchors = KeyStore.getInstance("PKCS12");
            anchors.load(null, null);
            anchors.setCertificateEntry("k", store.getCertificate("k"));
            TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
            trust.init(anchors);
            TRUST = (X509ExtendedTrustManager) trust.getTrustManagers()[0];
        } catch (GeneralSecurityException | IOException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private TestIdentity() { }
}
