// SPDX-License-Identifier: GPL-2.0-or-later
/* replay FILE...: gives each file to the fuzzer it is linked with, once, without libFuzzer. */
#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void replay(const char *path)
{
    FILE *file = fopen(path, "re");
    uint8_t *data = malloc(65536);
    size_t size;

    if (!file || !data)
        err(1, "%s", path);
    size = fread(data, 1, 65536, file);
    fclose(file);
    /* As long as the input, so that a read past its end is seen. */
    data = realloc(data, size + !size);
    if (!data)
        err(1, "%s", path);
    LLVMFuzzerTestOneInput(data, size);
    free(data);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        replay(argv[i]);
    return 0;
}
