/* Command lines as NVIDIA's samples read them. Written anew from what the samples call. */
#ifndef FAULTLINE_HELPER_STRING_H
#define FAULTLINE_HELPER_STRING_H
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <string>
#ifndef EXIT_WAIVED
#define EXIT_WAIVED 2
#endif
#ifndef STRCASECMP
#define STRCASECMP strcasecmp
#define STRNCASECMP strncasecmp
#define STRCPY(to, bytes, from) strcpy(to, from)
#define FOPEN(file, name, mode) (file = fopen(name, mode))
#define FOPEN_FAIL(result) ((result) == NULL)
#define SSCANF sscanf
#define SPRINTF sprintf
#endif
/* `-name=value` or `--name`: what follows the name, or NULL. */
static inline const char *faultline_flag(int argc, const char **argv, const char *name) {
    size_t length = strlen(name);
    for (int n = 1; n < argc; n++) {
        const char *text = argv[n];
        while (*text == '-') text++;
        if (strncasecmp(text, name, length) == 0 && (text[length] == 0 || text[length] == '=')) return text + length;
    }
    return NULL;
}
inline bool checkCmdLineFlag(const int argc, const char **argv, const char *name) { return faultline_flag(argc, argv, name) != NULL; }
inline int getCmdLineArgumentInt(const int argc, const char **argv, const char *name) {
    const char *value = faultline_flag(argc, argv, name);
    return value && *value == '=' ? atoi(value + 1) : 0;
}
inline float getCmdLineArgumentFloat(const int argc, const char **argv, const char *name) {
    const char *value = faultline_flag(argc, argv, name);
    return value && *value == '=' ? (float)atof(value + 1) : 0;
}
template <class T> inline bool getCmdLineArgumentValue(const int argc, const char **argv, const char *name, T *result) {
    const char *value = faultline_flag(argc, argv, name);
    if (!value || *value != '=') return false;
    *result = (T)atof(value + 1);
    return true;
}
inline bool getCmdLineArgumentString(const int argc, const char **argv, const char *name, char **result) {
    const char *value = faultline_flag(argc, argv, name);
    *result = value && *value == '=' ? (char *)value + 1 : NULL;
    return *result != NULL;
}
/* In the current folder or its `data`, as a new string; NULL if there is none. */
inline char *sdkFindFilePath(const char *name, const char *) {
    for (const char *folder : {"", "data/", "../data/"}) {
        std::string path = std::string(folder) + name;
        if (FILE *file = fopen(path.c_str(), "rb")) {
            fclose(file);
            return strdup(path.c_str());
        }
    }
    return NULL;
}
/* Numbers in a text file, one after the other. */
template <class T, class S> inline bool sdkWriteFile(const char *name, const T *data, unsigned count, const S, bool = false, bool = false) {
    FILE *file = fopen(name, "w");
    if (!file) return false;
    for (unsigned n = 0; n < count; n++) fprintf(file, "%g ", (double)data[n]);
    return fclose(file) == 0;
}
#endif
