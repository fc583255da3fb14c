/* Timers as NVIDIA's samples use them, in milliseconds. Written anew from what the samples call. */
#ifndef FAULTLINE_HELPER_TIMER_H
#define FAULTLINE_HELPER_TIMER_H
#include <chrono>
class StopWatchInterface {
    typedef std::chrono::steady_clock clock;
    clock::time_point begun;
    float total = 0, last = 0;
    int sessions = 0;
    bool running = false;
    float passed() const { return std::chrono::duration<float, std::milli>(clock::now() - begun).count(); }
  public:
    void start() { begun = clock::now(), running = true; }
    void stop() { last = passed(), total += last, sessions++, running = false; }
    void reset() { total = last = 0, sessions = 0; if (running) begun = clock::now(); }
    float getTime() { return running ? passed() : total; }
    float getAverageTime() { return sessions > 0 ? total / sessions : 0; }
};
typedef StopWatchInterface StopWatchLinux;
inline bool sdkCreateTimer(StopWatchInterface **timer) { *timer = new StopWatchInterface; return true; }
inline bool sdkDeleteTimer(StopWatchInterface **timer) { delete *timer; *timer = 0; return true; }
inline bool sdkStartTimer(StopWatchInterface **timer) { if (*timer) (*timer)->start(); return true; }
inline bool sdkStopTimer(StopWatchInterface **timer) { if (*timer) (*timer)->stop(); return true; }
inline bool sdkResetTimer(StopWatchInterface **timer) { if (*timer) (*timer)->reset(); return true; }
inline float sdkGetTimerValue(StopWatchInterface **timer) { return *timer ? (*timer)->getTime() : -1; }
inline float sdkGetAverageTimerValue(StopWatchInterface **timer) { return *timer ? (*timer)->getAverageTime() : 0; }
#endif
