#include "sim/world.hpp"

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <deque>
#include <exception>

#include "engine/engine.hpp"
#include "ledger/ledger.hpp"
#include "sim/telling_observer.hpp"

namespace garner::sim {
namespace {

constexpr const char* user = "apikey.2_simulated";
constexpr const char* password = "canary-7Qz0vXr2TtL9-secret";

// The ledger's thread as events: first the work, some time later its result.
class SimWorker final : public Worker {
public:
    SimWorker(VirtualClock& clock, SeededRandom& random) : clock_(clock), random_(random) {}
    void submit(std::function<void()> work, std::function<void()> done) override {
        const Duration works(1 + static_cast<std::int64_t>(random_.below(3)));
        clock_.at(clock_.steady_now() + works, std::move(work));
        clock_.at(clock_.steady_now() + works + Duration(1), std::move(done));
    }

private:
    VirtualClock& clock_;
    SeededRandom& random_;
};

sandbox::TulipOptions vendor_options(const WorldOptions& options) {
    sandbox::TulipOptions vendor;
    vendor.seed = options.seed;
    vendor.machine_types = sandbox::seeded_machines(options.seed, options.machines);
    vendor.tokens[std::string(user) + ":" + password] = sandbox::TulipToken{};
    vendor.scenario.job_duration_min = Duration(3'000);
    vendor.scenario.job_duration_max = Duration(90'000);
    vendor.scenario.content_bytes_min = 500;
    vendor.scenario.content_bytes_max = 30'000;
    return vendor;
}

std::shared_ptr<Settings> settings_of(const WorldOptions& options) {
    auto settings = std::make_shared<Settings>();
    SourceSettings source;
    source.name = "plant";
    source.http.base_url = "https://acme.tulip.test";
    source.poll = {Duration(2'000), Duration(20'000)};
    source.backoff = {Duration(500), Duration(20'000), Duration(30'000)};
    TulipSettings tulip;
    tulip.username = user;
    tulip.password = Secret(password);
    source.vendor = std::move(tulip);
    settings->sources["plant"] = source;
    StoreSettings store;
    store.name = "archive";
    store.path = "/archive";
    settings->stores["archive"] = store;
    JobSettings job;
    job.name = "activity";
    job.source = "plant";
    job.targets.include = {"*"};
    const auto cron = CronExpression::parse(options.schedule);
    job.schedule = Schedule({cron.value()});
    job.store = "archive";
    job.deadline = options.deadline;
    job.retries = options.retries;
    job.retry_wait = options.retry_wait;
    settings->jobs["activity"] = job;
    return settings;
}

Database open_ledger() {
    static std::atomic<int> worlds{0};
    const std::string name = "file:/world-" + std::to_string(worlds++) + "?vfs=memdb";
    auto database = Database::open_for_writing(name);
    if (!database) throw std::runtime_error(database.error().what);
    return std::move(*database);
}

}  // namespace

World::World(WorldOptions options)
    : options_(options),
      random_(options.seed),
      clock_(from_unix_ms(1'793'491'200'000)),  // 2026-11-01
      vendor_(vendor_options(options)),
      faults_(vendor_, options.seed),
      network_(clock_, random_, trace_, faults_),
      disk_(clock_, random_, trace_),
      database_(open_ledger()),
      settings_(settings_of(options)) {
    network_.set_faults(options.network);
    disk_.set_faults(options.disk);
}

World::~World() = default;

Duration World::quiet_moment(Duration interval, int instants) const {
    const auto next = (clock_.elapsed() / interval + instants) * interval;
    return next + interval * 9 / 10;
}

void World::heal() {
    network_.set_faults({});
    disk_.set_faults({});
    faults_.clear();
}

std::uint64_t World::live(Duration until, End end, std::uint64_t events_max) {
    std::uint64_t events = 0;
    if (lives_++ > 0) clock_.pass(Duration(1'000));  // no machine restarts in no time
    asio::io_context loop(1);
    clock_.attach(&loop);
    {
        SimWorker worker(clock_, random_);
        TellingObserver observer(told_, trace_);
        Doors doors{loop.get_executor(), clock_, random_, network_, disk_};
        Ledger ledger(database_, worker, loop.get_executor());
        auto engine = std::make_unique<Engine>(doors, ledger, settings_, observer);
        bool ended = false;
        auto daemon = [](Engine& e, std::string& error) -> Task<> {
            const auto recovered = co_await e.recover();
            if (!recovered) {
                error = recovered.error().what;
                co_return;
            }
            co_await e.run();
        };
        asio::co_spawn(loop, daemon(*engine, engine_error_), [&](std::exception_ptr error) {
            ended = true;
            if (!error) return;
            try {
                std::rethrow_exception(error);
            } catch (const std::exception& e) {
                engine_error_ = e.what();
            }
        });
        bool stopping = false;
        while (events < events_max && !ended) {
            loop.restart();
            if (loop.poll_one() > 0) {
                ++events;
                continue;
            }
            if (clock_.advance(until)) continue;
            if (stopping) engine_error_ = "it has not stopped within 10 s";
            if (stopping || end == End::crash) break;
            stopping = true;
            until = clock_.elapsed() + Duration(10'000);
            engine->stop();
        }
        // Dead: first nothing can be written any more, then everything that runs falls where it stands.
        disk_.power_off();
        clock_.drop_all();
        engine.reset();
        clock_.drop_all();
    }
    loop.stop();
    clock_.attach(nullptr);
    disk_.power_on();
    if (end == End::crash || events >= events_max) vendor_.client_lost_memory();
    return events;
}

}  // namespace garner::sim
