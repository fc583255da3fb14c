/* Images and comparisons as NVIDIA's samples use them: the comparisons, and PGM and PPM files. Written anew from what the samples call. */
#ifndef FAULTLINE_HELPER_IMAGE_H
#define FAULTLINE_HELPER_IMAGE_H
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifndef MIN
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#endif
#ifndef MAX
#define MAX(a, b) ((a) > (b) ? (a) : (b))
#endif
template <class T> inline bool faultline_compare(const T *reference, const T *data, size_t count, double epsilon, double share) {
    size_t wrong = 0;
    for (size_t n = 0; n < count; n++) wrong += fabs((double)reference[n] - (double)data[n]) > epsilon;
    return (double)wrong <= share * (double)count;
}
inline bool compareData(const float *reference, const float *data, unsigned count, float epsilon, float share) { return faultline_compare(reference, data, count, epsilon, share); }
template <class T, class S> inline bool compareData(const T *reference, const T *data, unsigned count, S epsilon, float share) { return faultline_compare(reference, data, count, (double)epsilon, share); }
inline bool sdkCompareL2fe(const float *reference, const float *data, unsigned count, float epsilon) {
    double error = 0, norm = 0;
    for (unsigned n = 0; n < count; n++) {
        double difference = reference[n] - data[n];
        error += difference * difference, norm += (double)reference[n] * reference[n];
    }
    return norm > 0 && sqrt(error / norm) < epsilon;
}
namespace faultline {
/* The next number of a header, over comments. */
inline bool number(FILE *file, unsigned *value) {
    int c = fgetc(file);
    for (;; c = fgetc(file)) {
        if (c == '#') while (c != '\n' && c != EOF) c = fgetc(file);
        else if (c == EOF || (c >= '0' && c <= '9')) break;
    }
    if (c == EOF) return false;
    for (*value = 0; c >= '0' && c <= '9'; c = fgetc(file)) *value = *value * 10 + (c - '0');
    return true;
}
inline bool load(const char *name, unsigned char **data, unsigned *w, unsigned *h, unsigned *channels) {
    FILE *file = fopen(name, "rb");
    if (!file) return false;
    char magic[2] = {};
    unsigned most = 0;
    bool ok = fread(magic, 1, 2, file) == 2 && magic[0] == 'P' && (magic[1] == '5' || magic[1] == '6') && number(file, w) && number(file, h) && number(file, &most);
    *channels = magic[1] == '6' ? 3 : 1;
    size_t bytes = (size_t)*w * *h * *channels;
    if (ok && !*data) *data = (unsigned char *)malloc(bytes);
    ok = ok && fread(*data, 1, bytes, file) == bytes;
    fclose(file);
    return ok;
}
inline bool save(const char *name, const unsigned char *data, unsigned w, unsigned h, unsigned channels) {
    FILE *file = fopen(name, "wb");
    if (!file) return false;
    fprintf(file, "P%d\n%u\n%u\n255\n", channels == 1 ? 5 : 6, w, h);
    bool ok = fwrite(data, 1, (size_t)w * h * channels, file) == (size_t)w * h * channels;
    return fclose(file) == 0 && ok;
}
} // namespace faultline
inline bool sdkLoadPGM(const char *name, unsigned char **data, unsigned *w, unsigned *h) { unsigned c; return faultline::load(name, data, w, h, &c) && c == 1; }
inline bool sdkLoadPGM(const char *name, float **data, unsigned *w, unsigned *h) {
    unsigned char *bytes = NULL;
    unsigned c;
    if (!faultline::load(name, &bytes, w, h, &c) || c != 1) return false;
    if (!*data) *data = (float *)malloc((size_t)*w * *h * sizeof(float));
    for (size_t n = 0; n < (size_t)*w * *h; n++) (*data)[n] = bytes[n] / 255.0f;
    free(bytes);
    return true;
}
inline bool sdkSavePGM(const char *name, unsigned char *data, unsigned w, unsigned h) { return faultline::save(name, data, w, h, 1); }
inline bool sdkSavePGM(const char *name, float *data, unsigned w, unsigned h) {
    unsigned char *bytes = (unsigned char *)malloc((size_t)w * h);
    for (size_t n = 0; n < (size_t)w * h; n++) bytes[n] = (unsigned char)(data[n] * 255);
    bool ok = faultline::save(name, bytes, w, h, 1);
    free(bytes);
    return ok;
}
inline bool sdkLoadPPM4(const char *name, unsigned char **data, unsigned *w, unsigned *h) {
    unsigned char *bytes = NULL;
    unsigned c;
    if (!faultline::load(name, &bytes, w, h, &c) || c != 3) return false;
    *data = (unsigned char *)malloc((size_t)*w * *h * 4);
    for (size_t n = 0; n < (size_t)*w * *h; n++) memcpy(*data + 4 * n, bytes + 3 * n, 3), (*data)[4 * n + 3] = 0;
    free(bytes);
    return true;
}
inline bool sdkSavePPM4ub(const char *name, unsigned char *data, unsigned w, unsigned h) {
    unsigned char *bytes = (unsigned char *)malloc((size_t)w * h * 3);
    for (size_t n = 0; n < (size_t)w * h; n++) memcpy(bytes + 3 * n, data + 4 * n, 3);
    bool ok = faultline::save(name, bytes, w, h, 3);
    free(bytes);
    return ok;
}
#endif
