// One case a run, named by the first argument: what C++ promises about threads.
#include <atomic>
#include <barrier>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstring>
#include <future>
#include <latch>
#include <mutex>
#include <numeric>
#include <semaphore>
#include <shared_mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;

static void sums() {
    std::mutex mutex;
    std::atomic<int> atomically{0};
    int guarded = 0;
    std::vector<std::thread> threads;
    for (int n = 0; n < 8; n++)
        threads.emplace_back([&, n] {
            for (int i = 0; i < 5000; i++) {
                atomically += n;
                std::lock_guard lock(mutex);
                guarded += n;
            }
        });
    for (auto &thread : threads) thread.join();
    std::printf("%d %d\n", atomically.load(), guarded);
}

struct Noisy {
    std::string name = "main";
    ~Noisy() { std::printf("~%s\n", name.c_str()); }
};
static thread_local Noisy noisy;
static void locals() {
    noisy.name = "first";
    std::thread([] { noisy.name = "second"; }).join();
    std::printf("%s\n", noisy.name.c_str());
}

static void futures() {
    std::promise<int> promise;
    std::packaged_task<int(int)> task([](int x) { return x * 2; });
    auto doubled = task.get_future();
    std::thread worker([&] {
        std::this_thread::sleep_for(10us);
        task(21);
        promise.set_value(7);
    });
    auto future = promise.get_future();
    bool early = future.wait_for(1us) == std::future_status::timeout;
    auto later = std::async(std::launch::async, [] { return std::string("async"); });
    auto lazy = std::async(std::launch::deferred, [] { return 3; });
    std::printf("%d %d %d %s %d\n", early, future.get(), doubled.get(), later.get().c_str(), lazy.get());
    worker.join();
}

static void conditions() {
    std::mutex mutex;
    std::condition_variable ready;
    std::condition_variable_any any;
    std::shared_mutex shared;
    std::recursive_mutex recursive;
    std::timed_mutex timed;
    bool set = false;
    std::thread worker([&] {
        std::unique_lock lock(mutex);
        ready.wait(lock, [&] { return set; });
        std::scoped_lock both(recursive, timed);
        set = false;
        any.notify_all();
    });
    {
        std::scoped_lock lock(mutex);
        set = true;
    }
    ready.notify_one();
    std::unique_lock lock(mutex);
    any.wait(lock, [&] { return !set; });
    lock.unlock();
    worker.join();
    std::shared_lock first(shared), second(shared);
    timed.lock();
    bool late = false;
    std::thread([&] { late = !timed.try_lock_for(5ms); }).join();
    std::once_flag once;
    int calls = 0;
    for (int n = 0; n < 3; n++) std::call_once(once, [&] { calls++; });
    std::printf("%d %d %d\n", set, late, calls);
}

static void modern() {
    std::counting_semaphore<4> semaphore(0);
    std::latch latch(3);
    int rounds = 0;
    std::barrier barrier(2, [&]() noexcept { rounds++; });
    std::atomic<int> word{0};
    std::jthread waiter([&] {
        word.wait(0);
        word = 2;
        word.notify_one();
    });
    std::jthread stopped([&](std::stop_token token) {
        while (!token.stop_requested()) std::this_thread::yield();
        latch.count_down();
    });
    std::jthread a([&] { barrier.arrive_and_wait(), barrier.arrive_and_wait(), latch.count_down(), semaphore.release(); });
    std::jthread b([&] { barrier.arrive_and_wait(), barrier.arrive_and_wait(), latch.count_down(); });
    word = 1;
    word.notify_all();
    word.wait(1);
    stopped.request_stop();
    latch.wait();
    semaphore.acquire();
    std::printf("%d %d\n", word.load(), rounds);
}

int main(int, char **argv) {
    for (auto [name, run] : {std::pair{"sums", sums}, {"locals", locals}, {"futures", futures}, {"conditions", conditions}, {"modern", modern}})
        if (std::strcmp(argv[1], name) == 0) run();
}
