package mqttq.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class CryptoWarmupTest {
    @Test
    void aesIsRecognisedInCpuInfo() {
        assertTrue(CryptoWarmup.fastAes("processor : 0\nflags\t\t: fpu sse2 aes avx\n"));
        assertTrue(CryptoWarmup.fastAes("processor : 0\nFeatures\t: fp asimd aes\nCPU implementer : 0x41\n"));
        assertEquals(false, CryptoWarmup.fastAes("processor : 0\nFeatures\t: fp asimd evtstrm crc32 cpuid\n"));
        assertEquals(false, CryptoWarmup.fastAes(""));
        CryptoWarmup warmup = new CryptoWarmup();
        warmup.run();
        assertEquals(null, warmup.failure());
    }
}
