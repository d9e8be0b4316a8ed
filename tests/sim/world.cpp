#include "sim/world.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <stdexcept>

#include "service/daemon_core.hpp"
#include "sim/reading.hpp"

namespace garner::sim {
namespace {

constexpr const char* user = "apikey.2_simulated";
const std::string password = "canary-" + std::string(canary) + "-secret";

// The ledger's thread as events: first the work, some time later its result.
class SimWorker final : public Worker {
public:
    SimWorker(VirtualClock& clock, SeededRandom& random, Watch& watch)
        : clock_(clock), random_(random), watch_(watch) {}
    void submit(std::function<void()> work, std::function<void()> done) override {
        const Duration works(1 + static_cast<std::int64_t>(random_.below(3)));
        clock_.at(clock_.steady_now() + works, [work = std::move(work), &watch = watch_] {
            work();
            watch.committed();
        });
        clock_.at(clock_.steady_now() + works + Duration(1), std::move(done));
    }

private:
    VirtualClock& clock_;
    SeededRandom& random_;
    Watch& watch_;
};

WallTime beginning_of(const WorldOptions& options) {
    const auto beginning = parse_rfc3339(options.beginning);
    if (!beginning) throw std::runtime_error("no time: " + options.beginning);
    return *beginning;
}

// Never so small that it is not of the usual size any more.
std::uint64_t content_bytes_min(std::uint64_t most) { return std::max<std::uint64_t>(500, most / 8); }

sandbox::TulipOptions vendor_options(const WorldOptions& options) {
    sandbox::TulipOptions vendor;
    vendor.seed = options.seed;
    vendor.machine_types = sandbox::seeded_machines(options.seed, options.machines);
    vendor.tokens[std::string(user) + ":" + password] = sandbox::TulipToken{};
    vendor.concurrent_jobs_max = options.concurrent_jobs;
    vendor.scenario.job_duration_min = Duration(3'000);
    vendor.scenario.job_duration_max = Duration(90'000);
    vendor.scenario.content_bytes_min = content_bytes_min(options.content_bytes_max);
    vendor.scenario.content_bytes_max = options.content_bytes_max;
    return vendor;
}

sandbox::ServitlyOptions servitly_options(const WorldOptions& options) {
    sandbox::ServitlyOptions vendor;
    vendor.seed = options.seed;
    vendor.tenants = sandbox::seeded_tenants(options.seed, options.tenants);
    for (sandbox::ServitlyTenantAccount& tenant : vendor.tenants) {
        tenant.api_key = "key-" + password + tenant.name;
        tenant.pat = "pat-" + password + tenant.name;
    }
    vendor.scenario.job_duration_min = Duration(3'000);
    vendor.scenario.job_duration_max = Duration(90'000);
    vendor.scenario.token_lifetime = std::chrono::minutes(7);
    vendor.scenario.content_bytes_min = content_bytes_min(options.content_bytes_max * 2 / 3);
    vendor.scenario.content_bytes_max = options.content_bytes_max * 2 / 3;
    // Deflating is what a life would be busy with most.
    if (options.seed % 8 != 0) vendor.scenario.zip = sandbox::ZipForm::stored;
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
    vendor.scenario.content_bytes_min = content_bytes_min(options.content_bytes_max);
    vendor.scenario.content_bytes_max = options.content_bytes_max;
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
    settings->deletion_budget = options.deletion_budget;
    const auto zone = Zone::load(options.zone);
    if (!zone) throw std::runtime_error("there is no time zone " + options.zone);
    const auto add_job = [&](const std::string& name, const std::string& source) -> JobSettings& {
        JobSettings& job = settings->jobs[name];
        job.name = name;
        job.source = source;
        job.targets.include = {"*"};
        const auto own = options.schedules.find(name);
        const auto cron = CronExpression::parse(own == options.schedules.end() ? options.schedule : own->second);
        job.schedule = Schedule({cron.value()});
        job.zone = *zone;
        job.store = "archive";
        job.retention = options.retention;
        job.deadline = options.deadline;
        job.retries = options.retries;
        job.retry_wait = options.retry_wait;
        return job;
    };
    if (options.tulip) {
        SourceSettings source = source_of("plant", SourceType::tulip, "https://acme.tulip.test");
        source.max_concurrent_jobs = options.concurrent_jobs;
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
            rule.length = options.window;
            rule.start = absl::CivilHour(
                absl::ToCivilHour(absl::FromUnixMillis(to_unix_ms(beginning_of(options))), zone->absl_zone()) -
                options.window_hours_before);
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
    for (auto& [_, source] : settings->sources) source.limits = options.limits;
    return settings;
}

}  // namespace

World::World(WorldOptions options)
    : options_(options),
      random_(options.seed),
      clock_(beginning_of(options)),
      vendor_(vendor_options(options)),
      faults_(vendor_, options.seed),
      servitly_(servitly_options(options)),
      servitly_faults_(servitly_, options.seed),
      appgate_(appgate_options(options)),
      appgate_faults_(appgate_, options.seed),
      disk_(clock_, random_, trace_),
      ledger_files_(random_, trace_),
      watch_(disk_, "/archive"),
      network_(clock_, random_, trace_, watch_),
      settings_(settings_of(options)) {
    network_.connect("https://acme.tulip.test", {&vendor_, &faults_});
    network_.connect("https://api.servitly.test", {&servitly_, &servitly_faults_});
    network_.connect("https://sdp.appgate.test:8443", {&appgate_, &appgate_faults_});
    network_.set_faults(options.network);
    disk_.set_faults(options.disk);
    // A ledger appears whole or not at all: garnerd makes it under another name (ledger/open.cpp).
    const auto made = Database::open_for_writing(ledger_files_.uri());
    if (!made) throw std::runtime_error(made.error().what);
    ledger_files_.set_faults(options.ledger);
}

World::~World() = default;

void World::show(std::function<void(const std::string&)> to) {
    trace_.show([this, to = std::move(to)](std::string_view line) {
        to(format_rfc3339(clock_.true_now()) + " " + std::string(line));
    });
}

void World::rot(const ArtifactRecord& artifact) {
    const std::string path = store_path() + "/" + artifact.path;
    const std::string* bytes = disk_.file(path);
    if (bytes == nullptr || bytes->empty() || !rotten_.insert(artifact.path).second) return;
    disk_.rot(path);
}

Duration World::quiet_moment(Duration interval, int instants) const {
    const auto next = (clock_.elapsed() / interval + instants) * interval;
    return next + interval * 9 / 10;
}

void World::heal() {
    network_.set_faults({});
    disk_.set_faults({});
    ledger_files_.set_faults({});
    for (sandbox::FaultLayer* faults : {&faults_, &servitly_faults_, &appgate_faults_}) faults->clear();
    vendor_.scenario() = vendor_options(options_).scenario;
    servitly_.scenario() = servitly_options(options_).scenario;
    appgate_.scenario() = appgate_options(options_).scenario;
    weather_.clear();
    clock_.step_wall(clock_.true_now() - clock_.wall_now());
}

const Database& World::ledger() const {
    if (!reader_) {
        auto opened = open_reader(ledger_files_.uri());
        if (!opened) throw std::runtime_error(opened.error().what);
        reader_.emplace(std::move(*opened));
    }
    return *reader_;
}

struct World::Life {
    bool ended = false;  ///< by itself
    std::optional<Failure> gave_up;
    std::string mistake;
};

Task<> World::live_in(DaemonCore& core, Life& life) {
    const auto recovered = co_await core.recover();
    if (!recovered) {
        life.gave_up = recovered.error();
        co_return;
    }
    co_await core.run();
}

void World::act_on(DaemonCore& core, asio::io_context& loop) {
    for (const auto& [when, act] : acts_) {
        if (when < clock_.elapsed()) continue;
        clock_.at(SteadyTime(when), [&loop, &act, engine = &core.engine()] {
            auto acting = act(*engine);
            asio::co_spawn(loop, std::move(acting), asio::detached);
        });
    }
}

Task<> World::hold(Engine& engine, std::string artifact) {
    const auto held = co_await engine.hold(artifact, true, "somebody", "it is needed");
    if (!held && held.error().kind != FailureKind::local) engine_error_ = held.error().what;
}

// What is due by now; the next one is seen to when its time comes.
void World::let_it_happen() {
    while (!weather_.empty() && weather_.begin()->first <= clock_.elapsed())
        weather_.extract(weather_.begin()).mapped()();
    if (!weather_.empty()) clock_.at(SteadyTime(weather_.begin()->first), [this] { let_it_happen(); });
}

// What the vendors may no longer hold it to.
void World::client_is_gone(bool crashed) {
    for (sandbox::VendorModel* vendor :
         {static_cast<sandbox::VendorModel*>(&vendor_), static_cast<sandbox::VendorModel*>(&servitly_),
          static_cast<sandbox::VendorModel*>(&appgate_)})
        crashed ? vendor->client_lost_memory() : vendor->client_restarted();
}

std::uint64_t World::live(Duration until, End end, std::uint64_t events_max) {
    std::uint64_t events = 0;
    reader_.reset();
    metrics_.clear();
    Ending ending = Ending::gave_up;
    while (ending == Ending::gave_up && events < events_max && clock_.elapsed() < until) {
        if (lives_++ > 0) clock_.pass(Duration(1'000));  // no machine restarts in no time
        ending = live_once(until, end, events, events_max);
        if (ending == Ending::gave_up) clock_.pass(Duration(5'000));  // RestartSec of the service
    }
    return events;
}

World::Ending World::live_once(Duration until, End end, std::uint64_t& events, std::uint64_t events_max) {
    Life life;
    asio::io_context loop(1);
    clock_.attach(&loop);
    {
        auto database = Database::open_for_writing(ledger_files_.uri());
        if (database) {
            watch_.begin(ledger_files_.uri());
            for (const auto& [name, source] : settings_->sources) watch_.expect_budget(name, source.limits);
            live_with(*database, life, loop, until, end, events, events_max);
        } else {
            life.gave_up = database.error();
            life.ended = true;
        }
    }
    watch_.end(clock_.steady_now());
    loop.stop();
    clock_.attach(nullptr);
    disk_.power_on();
    ledger_files_.power_on();
    client_is_gone(!life.ended);
    if (!life.mistake.empty()) engine_error_ = life.mistake;
    if (life.gave_up && life.gave_up->kind != FailureKind::local) engine_error_ = life.gave_up->what;
    if (!life.ended) return Ending::crashed;
    return life.gave_up ? Ending::gave_up : Ending::stopped;
}

void World::live_with(Database& database, Life& life, asio::io_context& loop, Duration until, End end,
                      std::uint64_t& events, std::uint64_t events_max) {
    SimWorker worker(clock_, random_, watch_);
    LogSettings everything;
    everything.level = LogLevel::trace;
    Log log(clock_, everything, [this](const std::string& line) {
        trace_.note(line);
        told_ += line + "\n";
    });
    Doors doors{loop.get_executor(), clock_, random_, network_, disk_};
    auto core = std::make_unique<DaemonCore>(doors, database, worker, settings_, log);
    asio::co_spawn(loop, live_in(*core, life), [&](std::exception_ptr error) {
        life.ended = true;
        if (!error) return;
        try {
            std::rethrow_exception(error);
        } catch (const std::exception& e) {
            life.mistake = e.what();
        }
    });
    act_on(*core, loop);
    watch_.when_listed([&](const std::string& artifact) {
        if (!random_.happens(options_.held)) return;
        auto holding = hold(core->engine(), artifact);
        asio::co_spawn(loop, std::move(holding), asio::detached);
    });
    let_it_happen();
    bool stopping = false;
    while (events < events_max && !life.ended && !ledger_files_.lost_power()) {
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
        core->stop();
    }
    if (life.ended && stopping) {
        const auto read = read_ledger_metrics(LedgerReader(database), *settings_, clock_.wall_now());
        if (read) metrics_ = render_metrics(core->live_metrics(), &*read);
    }
    // Dead: first nothing can be written any more, then everything that runs falls where it stands.
    if (!life.ended) ledger_files_.power_off();
    disk_.power_off();
    clock_.drop_all();
    core.reset();
    clock_.drop_all();
}

}  // namespace garner::sim
