#include "sim/world.hpp"

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
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
constexpr std::int64_t beginning_ms = 1'793'491'200'000;  // 2026-11-01, a Sunday

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

sandbox::ServitlyOptions servitly_options(const WorldOptions& options) {
    sandbox::ServitlyOptions vendor;
    vendor.seed = options.seed;
    vendor.tenants = sandbox::seeded_tenants(options.seed, options.tenants);
    for (sandbox::ServitlyTenantAccount& tenant : vendor.tenants) {
        tenant.api_key = "key-" + std::string(password) + tenant.name;
        tenant.pat = "pat-" + std::string(password) + tenant.name;
    }
    vendor.scenario.job_duration_min = Duration(3'000);
    vendor.scenario.job_duration_max = Duration(90'000);
    vendor.scenario.token_lifetime = std::chrono::minutes(7);
    vendor.scenario.content_bytes_min = 500;
    vendor.scenario.content_bytes_max = 20'000;
    return vendor;
}

sandbox::AppgateOptions appgate_options(const WorldOptions& options) {
    sandbox::AppgateOptions vendor;
    vendor.seed = options.seed;
    vendor.password = password;
    vendor.appliances = sandbox::seeded_appliances(options.seed, options.appliances);
    // Old controllers know neither /version nor Range.
    vendor.scenario.version_max = options.seed % 3 == 0 ? 19 : 23;
    vendor.scenario.job_duration_min = Duration(3'000);
    vendor.scenario.job_duration_max = Duration(90'000);
    vendor.scenario.token_lifetime = std::chrono::minutes(25);
    vendor.scenario.content_bytes_min = 500;
    vendor.scenario.content_bytes_max = 30'000;
    return vendor;
}

SourceSettings source_of(const std::string& name, SourceType type, const std::string& url) {
    SourceSettings source;
    source.name = name;
    source.type = type;
    source.http.base_url = url;
    source.poll = {Duration(2'000), Duration(20'000)};
    source.backoff = {Duration(500), Duration(20'000), Duration(30'000)};
    return source;
}

std::shared_ptr<Settings> settings_of(const WorldOptions& options) {
    auto settings = std::make_shared<Settings>();
    StoreSettings store;
    store.name = "archive";
    store.path = "/archive";
    settings->stores["archive"] = store;
    const auto cron = CronExpression::parse(options.schedule);
    const auto add_job = [&](const std::string& name, const std::string& source) -> JobSettings& {
        JobSettings& job = settings->jobs[name];
        job.name = name;
        job.source = source;
        job.targets.include = {"*"};
        job.schedule = Schedule({cron.value()});
        job.store = "archive";
        job.deadline = options.deadline;
        job.retries = options.retries;
        job.retry_wait = options.retry_wait;
        return job;
    };
    if (options.tulip) {
        SourceSettings source = source_of("plant", SourceType::tulip, "https://acme.tulip.test");
        source.vendor = TulipSettings{"", user, Secret(password)};
        settings->sources["plant"] = std::move(source);
        add_job("activity", "plant");
    }
    if (options.servitly) {
        SourceSettings source = source_of("fleet", SourceType::servitly, "https://api.servitly.test");
        source.max_concurrent_jobs = 4;
        ServitlySettings servitly;
        for (const sandbox::ServitlyTenantAccount& account : servitly_options(options).tenants) {
            ServitlyTenant& tenant = servitly.tenants[account.name];
            tenant.name = account.name;
            tenant.api_key = Secret(account.api_key);
            tenant.pat = Secret(account.pat);
        }
        source.vendor = std::move(servitly);
        settings->sources["fleet"] = std::move(source);
        JobSettings& job = add_job("telemetry", "fleet");
        job.options = ServitlyExport();
        if (options.windows) {
            WindowRule rule;
            rule.length = WindowLength::hour;
            rule.start = absl::ToCivilSecond(absl::FromUnixMillis(beginning_ms), absl::UTCTimeZone());
            job.window = rule;
        }
    }
    if (options.appgate) {
        SourceSettings source = source_of("perimeter", SourceType::appgate, "https://sdp.appgate.test:8443/admin");
        source.max_concurrent_jobs = 2;
        AppgateSettings appgate;
        appgate.username = appgate_options(options).username;
        appgate.password = Secret(password);
        source.vendor = std::move(appgate);
        settings->sources["perimeter"] = std::move(source);
        add_job("controllers", "perimeter").options = AppgateBackup{};
    }
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
      clock_(from_unix_ms(beginning_ms)),
      vendor_(vendor_options(options)),
      faults_(vendor_, options.seed),
      servitly_(servitly_options(options)),
      servitly_faults_(servitly_, options.seed),
      appgate_(appgate_options(options)),
      appgate_faults_(appgate_, options.seed),
      network_(clock_, random_, trace_),
      disk_(clock_, random_, trace_),
      database_(open_ledger()),
      settings_(settings_of(options)) {
    network_.connect("https://acme.tulip.test", {&vendor_, &faults_});
    network_.connect("https://api.servitly.test", {&servitly_, &servitly_faults_});
    network_.connect("https://sdp.appgate.test:8443", {&appgate_, &appgate_faults_});
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
    for (sandbox::FaultLayer* faults : {&faults_, &servitly_faults_, &appgate_faults_}) faults->clear();
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
        for (const auto& [when, act] : acts_) {
            if (when < clock_.elapsed()) continue;
            clock_.at(SteadyTime(when), [&loop, &act, e = engine.get()] {
                auto acting = act(*e);
                asio::co_spawn(loop, std::move(acting), asio::detached);
            });
        }
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
    const bool crashed = end == End::crash || events >= events_max;
    for (sandbox::VendorModel* vendor :
         {static_cast<sandbox::VendorModel*>(&vendor_), static_cast<sandbox::VendorModel*>(&servitly_),
          static_cast<sandbox::VendorModel*>(&appgate_)})
        crashed ? vendor->client_lost_memory() : vendor->client_restarted();
    return events;
}

}  // namespace garner::sim
