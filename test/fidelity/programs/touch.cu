// Touches managed memory as its arguments say, and nothing else: the sizes of the arrays in KiB, then what is done to all of them in turn.
//
//   1024,256 …                arrays; malloc:1024 is memory of the system's, aligned to 2 MiB
//   cpu.write  gpu0.read …    every word, in ascending order, by one thread
//   cpu.write.down            in descending order
//   cpu.read.4096             the first word of every so many bytes
//   gpu0.write@0,5,3          the first word of these pages, a kernel each
//   prefetch.gpu0  prefetch.cpu@8,100     all, or so many pages from this one on
//   advise.readmostly  advise.preferred.gpu0  advise.accessed.cpu
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <cuda_runtime.h>

constexpr size_t pageBytes = 4096;
constexpr size_t blockBytes = 2 << 20;

struct Array {
  unsigned *words;
  size_t bytes;
};

__global__ void readUp(const volatile unsigned *words, size_t count, size_t step) {
  for (size_t i = 0; i < count; i += step) (void)words[i];
}
__global__ void writeUp(unsigned *words, size_t count, size_t step) {
  for (size_t i = 0; i < count; i += step) words[i] += 1;
}
__global__ void writeDown(unsigned *words, size_t count, size_t step) {
  for (size_t i = count; i >= step; i -= step) words[i - step] += 1;
}

static int processor(const char *name) {
  if (strcmp(name, "cpu") == 0) return cudaCpuDeviceId;
  if (strncmp(name, "gpu", 3) == 0) return atoi(name + 3);
  printf("there is no processor '%s'\n", name);
  exit(2);
}

static void touch(Array array, int who, bool write, bool down, size_t step) {
  size_t count = array.bytes / sizeof(unsigned);
  if (who == cudaCpuDeviceId) {
    const volatile unsigned *words = array.words;
    if (down)
      for (size_t i = count; i >= step; i -= step) array.words[i - step] += 1;
    else if (write)
      for (size_t i = 0; i < count; i += step) array.words[i] += 1;
    else
      for (size_t i = 0; i < count; i += step) (void)words[i];
    return;
  }
  cudaSetDevice(who);
  if (down) writeDown<<<1, 1>>>(array.words, count, step);
  else if (write) writeUp<<<1, 1>>>(array.words, count, step);
  else readUp<<<1, 1>>>(array.words, count, step);
  cudaDeviceSynchronize();
}

static void advise(Array array, const char *what, const char *where) {
  if (strcmp(what, "readmostly") == 0) cudaMemAdvise(array.words, array.bytes, cudaMemAdviseSetReadMostly, 0);
  else if (strcmp(what, "preferred") == 0)
    cudaMemAdvise(array.words, array.bytes, cudaMemAdviseSetPreferredLocation, processor(where));
  else cudaMemAdvise(array.words, array.bytes, cudaMemAdviseSetAccessedBy, processor(where));
}

int main(int argc, char **argv) {
  Array arrays[16];
  int arrayCount = 0;
  bool ofSystem = strncmp(argv[1], "malloc:", 7) == 0;
  for (char *size = strtok(argv[1] + (ofSystem ? 7 : 0), ","); size; size = strtok(nullptr, ",")) {
    Array &array = arrays[arrayCount++];
    array.bytes = (size_t)(atof(size) * 1024);
    if (ofSystem) array.words = (unsigned *)aligned_alloc(blockBytes, array.bytes);
    else cudaMallocManaged(&array.words, array.bytes);
  }
  for (int n = 2; n < argc; n++) {
    char *pages = strchr(argv[n], '@');
    if (pages) *pages++ = 0;
    char *word = strtok(argv[n], ".");
    char *what = strtok(nullptr, ".");
    char *more = strtok(nullptr, ".");
    for (int at = 0; at < arrayCount; at++) {
      Array array = arrays[at];
      if (strcmp(word, "advise") == 0) {
        advise(array, what, more);
      } else if (strcmp(word, "prefetch") == 0) {
        size_t first = pages ? atoi(pages) * pageBytes : 0;
        size_t bytes = pages ? atoi(strchr(pages, ',') + 1) * pageBytes : array.bytes;
        cudaMemPrefetchAsync((char *)array.words + first, bytes, processor(what));
        cudaDeviceSynchronize();
      } else if (pages) {
        for (char *page = pages; page; page = strchr(page, ',') ? strchr(page, ',') + 1 : nullptr) {
          Array one = {(unsigned *)((char *)array.words + atoi(page) * pageBytes), sizeof(unsigned)};
          touch(one, processor(word), strcmp(what, "write") == 0, false, 1);
        }
      } else {
        bool down = more && strcmp(more, "down") == 0;
        size_t step = more && !down ? atoi(more) / sizeof(unsigned) : 1;
        touch(array, processor(word), strcmp(what, "write") == 0, down, step);
      }
    }
  }
  printf("done\n");
  return cudaGetLastError() == cudaSuccess ? 0 : 1;
}
