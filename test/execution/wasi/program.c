/* What a program asks of its system, in ordinary C. Prints nothing that depends on the machine it runs on. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static const char *result(int failed) { return failed ? strerror(errno) : "ok"; }

static void copy(const char *from, const char *to) {
  FILE *in = fopen(from, "r"), *out = fopen(to, "w");
  char line[64];
  while (fgets(line, sizeof line, in)) fprintf(out, "> %s", line);
  fclose(in);
  fclose(out);
}

static void list(const char *path) {
  DIR *directory = opendir(path);
  printf("%s:", path);
  for (struct dirent *entry; (entry = readdir(directory));) printf(" %s%s", entry->d_name, entry->d_type == DT_DIR ? "/" : "");
  printf("\n");
  closedir(directory);
}

int main(int argc, char **argv) {
  char line[64];
  struct stat status;
  struct timespec before, after;

  for (int i = 0; i < argc; i++) printf("argv[%d] = %s\n", i, argv[i]);
  for (char **e = environ; *e; e++) printf("%s\n", *e);
  printf("isatty %d %d %d\n", isatty(0), isatty(1), isatty(2));
  printf("cwd %s\n", getcwd(line, sizeof line));

  printf("one, ");
  fprintf(stderr, "error in between\n");
  printf("two\n");
  while (fgets(line, sizeof line, stdin)) printf("input: %s", line);
  printf("\nend of input %d\n", feof(stdin));

  copy("input.txt", "/out/copy.txt");
  copy("/input.txt", "out/again.txt");
  stat("out/copy.txt", &status);
  printf("copied %lld bytes\n", (long long)status.st_size);
  FILE *file = fopen("out/copy.txt", "a+");
  fputs("appended\n", file);
  fseek(file, -9, SEEK_END);
  printf("%s", fgets(line, sizeof line, file));
  printf("at %ld\n", ftell(file));
  fclose(file);
  printf("truncate %s\n", result(truncate("out/copy.txt", 5)));
  printf("mkdir %s\n", result(mkdir("out/sub", 0777)));
  printf("mkdir %s\n", result(mkdir("out/sub", 0777)));
  printf("rename %s\n", result(rename("out/again.txt", "out/sub/moved.txt")));
  list("out");
  list(".");
  printf("rmdir %s\n", result(rmdir("out/sub")));
  printf("remove %s\n", result(remove("out/sub/moved.txt")));
  printf("remove %s\n", result(remove("out/sub")));

  printf("read-only %s\n", result(!fopen("input.txt", "w")));
  printf("unlink %s\n", result(unlink("input.txt")));
  printf("missing %s\n", result(!fopen("missing.txt", "r")));
  printf("escape %s\n", result(!fopen("../secret.txt", "r")));
  printf("link out %s\n", result(!fopen("escape", "r")));
  printf("absolute %s\n", result(!fopen("/etc/passwd", "r")));
  printf("read %s\n", result(read(open("out", O_RDONLY), line, 1) < 0));
  printf("bad %s\n", result(write(99, line, 1) < 0));

  time_t now = time(0);
  strftime(line, sizeof line, "%Y-%m-%d %H:%M:%S", gmtime(&now));
  printf("time %s\n", line);
  clock_gettime(CLOCK_MONOTONIC, &before);
  usleep(1500);
  struct pollfd input = {0, POLLIN, 0};
  printf("poll %d\n", poll(&input, 1, 10));
  nanosleep(&(struct timespec){2, 0}, 0);
  clock_gettime(CLOCK_MONOTONIC, &after);
  printf("slept %lld ns\n", (after.tv_sec - before.tv_sec) * 1000000000LL + after.tv_nsec - before.tv_nsec);

  unsigned char random[8];
  getentropy(random, sizeof random);
  printf("random");
  for (int i = 0; i < 8; i++) printf(" %02x", random[i]);
  printf("\n");

  freopen("out/redirected.txt", "w", stdout);
  printf("into the file\n");
  exit(300 + 7);
}
