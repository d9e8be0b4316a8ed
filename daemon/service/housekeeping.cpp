#include "service/housekeeping.hpp"

#include <algorithm>

#include "platform/real/systemd.hpp"
#include "service/status_line.hpp"
#include "store/artifact_store.hpp"

namespace garner {
namespace {

constexpr Duration life_interval{30'000};
constexpr Duration stores_interval{60'000};  // free space, and a new try of stores that fail
constexpr int rounds_per_proof = 5;          // of stores that work: a write now and then, not to keep disks awake
constexpr Duration patience_interval{30'000};

}  // namespace

Task<> Housekeeping::ask_for_patience() {
    while (true) {
        notify_service_manager("STATUS=starting: bringing ledger and stores in accord\nEXTEND_TIMEOUT_USEC=120000000");
        co_await doors_.clock.sleep_for(patience_interval);
    }
}

Task<> Housekeeping::show_life() {
    const std::optional<Duration> watchdog = watchdog_interval();
    const Duration interval = watchdog ? std::min(*watchdog / 3, life_interval) : life_interval;
    while (true) {
        const Result<void> beat = co_await ledger_.heartbeat(doors_.clock.wall_now());
        health_.ledger_proved(beat);
        if (watchdog && beat && health_.scheduler_ticks()) notify_service_manager("WATCHDOG=1");
        tell_status();
        co_await doors_.clock.sleep_for(interval);
    }
}

Task<> Housekeeping::watch_stores() {
    for (int round = 1;; ++round) {
        co_await doors_.clock.sleep_for(stores_interval);
        co_await measure_stores();
        const std::shared_ptr<const Settings> settings = engine_.settings();
        const auto in_use = co_await ledger_.stores_in_use();
        if (!in_use) continue;  // the heartbeat tells it
        for (const auto& [name, store] : settings->stores) {
            if (round % rounds_per_proof != 0 && !health_.failing_stores().contains(name)) continue;
            const std::unique_ptr<ArtifactStore> probe = make_local_store(store, doors_.disk, ".write-test-health");
            const Result<void> proof = co_await probe->prepare(in_use->contains(name));
            health_.store_proved(name, proof);
        }
    }
}

Task<> Housekeeping::measure_stores() {
    const std::shared_ptr<const Settings> settings = engine_.settings();
    for (const auto& [name, store] : settings->stores) {
        const Result<std::uint64_t> free = co_await doors_.disk.free_space(store.path);
        if (free)
            store_free_bytes_[name] = *free;
        else
            store_free_bytes_.erase(name);
    }
}

void Housekeeping::tell_status() {
    if (!has_service_manager()) return;
    std::size_t running = 0;
    for (const auto& [key, count] : engine_.in_progress()) running += count;
    const std::string line = status_line(*engine_.settings(), running, engine_.outlook(), health_.why_not_ready());
    notify_service_manager("STATUS=" + line);
}

}  // namespace garner
