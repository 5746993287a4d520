package mqttq.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import org.junit.jupiter.api.Test;

class CertificateNamesTest {
    /** openssl req -subj "/C=GB/ST=Nottinghamshire/L=Nottingham/O=Server/OU=Production/CN=test client" */
    static final X509Certificate FULL = certificate("""
            -----BEGIN CERTIFICATE-----
            MIICRjCCAe2gAwIBAgIUWTZKDvc+EJzIZ15oQw5xXf2KjqEwCgYIKoZIzj0EAwIw
            eDELMAkGA1UEBhMCR0IxGDAWBgNVBAgMD05vdHRpbmdoYW1zaGlyZTETMBEGA1UE
            BwwKTm90dGluZ2hhbTEPMA0GA1UECgwGU2VydmVyMRMwEQYDVQQLDApQcm9kdWN0
            aW9uMRQwEgYDVQQDDAt0ZXN0IGNsaWVudDAgFw0yNjExMjMwMTE5MzdaGA8yMTI2
            MTAzMDAxMTkzN1oweDELMAkGA1UEBhMCR0IxGDAWBgNVBAgMD05vdHRpbmdoYW1z
            aGlyZTETMBEGA1UEBwwKTm90dGluZ2hhbTEPMA0GA1UECgwGU2VydmVyMRMwEQYD
            VQQLDApQcm9kdWN0aW9uMRQwEgYDVQQDDAt0ZXN0IGNsaWVudDBZMBMGByqGSM49
            AgEGCCqGSM49AwEHA0IABJF2r3K+NlLvtqlQ1a9XML+EgTkD4m2ATRBBWVvGiRQl
            sByjlat+znKCx8cr5XWE5jpU/MjlBLXLW8QMohAMXh6jUzBRMB0GA1UdDgQWBBQk
            j81IwuSlQ+98yHfvIj16Eoq0XzAfBgNVHSMEGDAWgBQkj81IwuSlQ+98yHfvIj16
            Eoq0XzAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0cAMEQCIFc5jgsuOUg+
            818nTTSYmxS0AN0UIArt3RxWOyzUz0H1AiAOX1+wE+U+AcGUQ6NHLOtTfpNXbc4e
            Qs4lMj0pO99iUQ==
            -----END CERTIFICATE-----
            """);
    /** "/O=x/emailAddress=a@b" */
    static final X509Certificate NAMELESS = certificate("""
            -----BEGIN CERTIFICATE-----
            MIIBlzCCAT2gAwIBAgIUa2RfTDZqayNoPqmjz8YNKbCutHAwCgYIKoZIzj0EAwIw
            IDEKMAgGA1UECgwBeDESMBAGCSqGSIb3DQEJARYDYUBiMCAXDTI2MTEyMzAxMTkz
            N1oYDzIxMjYxMDMwMDExOTM3WjAgMQowCAYDVQQKDAF4MRIwEAYJKoZIhvcNAQkB
            FgNhQGIwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATi7XHWfLRO/V1X7sjeJ2lM
            B7kh0FLatdsyiExGwlP5eh1wj0qbJ9Go4ACjiprVAJRyIaVtLIwhdczVfNyjCa89
            o1MwUTAdBgNVHQ4EFgQUKGOx5HOQh4wET1cj9PiFziFQs4IwHwYDVR0jBBgwFoAU
            KGOx5HOQh4wET1cj9PiFziFQs4IwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQD
            AgNIADBFAiB5JkhnGj9mVz8MBOtpS2cpIO+6Ug6gVjxzot/vw8+lpAIhAKDgg1iG
            MV1Q26o1JPWdNtYcucZOZYeDohjhHWq7lcqx
            -----END CERTIFICATE-----
            """);
    /** "/CN=first/CN=sec\\,ond/CN=Jürgen, X" */
    static final X509Certificate THREE_NAMES = certificate("""
            -----BEGIN CERTIFICATE-----
            MIIBxjCCAWugAwIBAgIUDPTIxQQni6tYrb30+/xW7L9iJ30wCgYIKoZIzj0EAwIw
            NzEOMAwGA1UEAwwFZmlyc3QxEDAOBgNVBAMMB3NlYyxvbmQxEzARBgNVBAMMCkrD
            vHJnZW4sIFgwIBcNMjYxMTIzMDExOTM3WhgPMjEyNjEwMzAwMTE5MzdaMDcxDjAM
            BgNVBAMMBWZpcnN0MRAwDgYDVQQDDAdzZWMsb25kMRMwEQYDVQQDDApKw7xyZ2Vu
            LCBYMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaR7EhML5wsa/GWkiIwaq3CeQ
            pgIw5UiO2WtYRKkt6a8tEfo0cF83kEu0nu2ctMHDAZgKTvmOIYW0zofJ/9jc7qNT
            MFEwHQYDVR0OBBYEFFkInBsK0BR+r2J7WshiB0nEaYmoMB8GA1UdIwQYMBaAFFkI
            nBsK0BR+r2J7WshiB0nEaYmoMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwID
            SQAwRgIhAMA6H4ihVxdcJpEc37VO1DioY8Y4kERtUnXjkPrvwpJQAiEArH386KDc
            WOkbjAv9HUhfptXO0kaLR4TndV1k4D3GABg=
            -----END CERTIFICATE-----
            """);

    private static X509Certificate certificate(String pem) {
        try {
            return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII)));
        } catch (CertificateException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void theCommonNameIsTheFirst() {
        assertEquals("test client", CertificateNames.commonName(FULL));
        assertEquals("first", CertificateNames.commonName(THREE_NAMES));
        assertNull(CertificateNames.commonName(NAMELESS));
    }

    @Test
    void theSubjectIsWrittenAsMosquittoDoes() {
        assertEquals("CN=test client,OU=Production,O=Server,L=Nottingham,ST=Nottinghamshire,C=GB", CertificateNames.subject(FULL));
        assertEquals("emailAddress=a@b,O=x", CertificateNames.subject(NAMELESS));
    }
}
