/* Every sync takes as long as an SD card's, $SYNC_MICROS, and fails while the file $SYNC_FAILS exists: LD_PRELOAD it. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int slow(int number, int file) {
    const char *micros = getenv("SYNC_MICROS");
    long ns = (micros ? atol(micros) : 20000) * 1000L;
    struct timespec pause = {ns / 1000000000L, ns % 1000000000L};
    nanosleep(&pause, NULL);
    const char *fails = getenv("SYNC_FAILS");
    if (fails && access(fails, F_OK) == 0) {
        errno = EIO;
        return -1;
    }
    return (int) syscall(number, file);
}

int fdatasync(int file) { return slow(SYS_fdatasync, file); }
int fsync(int file) { return slow(SYS_fsync, file); }
