// Reads a file that lies next to it. The program's own folder is visible to it but read-only, so writing there has to be refused
// (an ordinary build, which may write, therefore ends with status 1).
#include <errno.h>
#include <stdio.h>
#include <string.h>

int main(void)
{
    FILE *input = fopen("files.txt", "r");
    if (input == NULL) {
        printf("files: files.txt cannot be read: %s\n", strerror(errno));
        return 1;
    }
    int lines = 0;
    char line[128];
    while (fgets(line, sizeof line, input) != NULL)
        lines++;
    fclose(input);

    const char *outputPath = "files-output.txt";
    FILE *output = fopen(outputPath, "w");
    if (output != NULL) {
        fclose(output);
        remove(outputPath);
    }
    printf("files: %d lines read, writing is %s\n", lines, output == NULL ? "refused" : "allowed");
    return lines == 3 && output == NULL ? 0 : 1;
}
