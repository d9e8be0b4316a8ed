#include "sim/watch.hpp"

#include <algorithm>
#include <cctype>

#include "sim/reading.hpp"

namespace garner::sim {
namespace {

// Shorter than any remote job of the models takes: a second start that comes so soon was a blind repeat.
constexpr Duration blind{2'500};

struct Path {
    std::vector<std::string> segments;
};

Path split(const std::string& target) {
    Path path;
    const std::string whole = target.substr(0, target.find('?'));
    for (std::size_t at = 0; at < whole.size();) {
        const std::size_t slash = std::min(whole.find('/', at), whole.size());
        if (slash > at) path.segments.push_back(whole.substr(at, slash - at));
        at = slash + 1;
    }
    return path;
}

// The id of the target for which this starts a remote job; empty: it starts none.
std::string started_target(const sandbox::ModelRequest& request, const Path& path) {
    const auto& segments = path.segments;
    if (request.method != "POST" || segments.empty()) return {};
    if (segments.back() == "dataExports") return std::string(request.header("x-servitly-tenant"));
    if (segments.size() < 2) return {};
    if (segments.back() == "backup") return segments[segments.size() - 2];
    if (segments[segments.size() - 2] == "archive") return segments.back();
    return {};
}

// The id of the remote job that this asks after; empty: none.
std::string asked_job(const sandbox::ModelRequest& request, const Path& path) {
    const auto& segments = path.segments;
    if (request.method == "POST") return {};
    for (std::size_t i = 0; i + 1 < segments.size(); ++i) {
        if (segments[i] == "archive") return segments.back();
        if (segments[i] == "dataExports" && segments[i + 1] == "files") return {};  // the file itself, by its address
        if (segments[i] == "dataExports" || segments[i] == "backup") return segments[i + 1];
    }
    return {};
}

}  // namespace

void Watch::begin(const std::string& ledger_uri) {
    auto opened = open_reader(ledger_uri);
    if (opened)
        ledger_.emplace(std::move(*opened));
    else
        ledger_.reset();
    committed();
}

void Watch::end(SteadyTime now) {
    for (const auto& [target, starts] : std::exchange(open_, {}))
        if (starts > 0) unsettled_[target] = now;
    ledger_.reset();
    listed_ = nullptr;
}

void Watch::complain(std::string what) {
    if (broken_.empty()) broken_ = std::move(what);
}

bool Watch::holds(const char* sql, const std::string& source, const std::string& what) {
    if (!ledger_) return true;
    auto statement = ledger_->prepare(sql);
    if (!statement) return true;  // its disk fails just now
    const auto row = statement->bind(1, source).bind(2, what).step();
    return !row || *row;
}

void Watch::count(const std::string& source, SteadyTime now) {
    auto& times = requests_[source];
    times.push_back(now);
    const auto within = [&](const std::optional<std::uint32_t>& limit, Duration span, const char* name) {
        if (!limit || times.size() <= *limit) return;
        if (now - times[times.size() - 1 - *limit] < span)
            complain(source + " got more than " + std::to_string(*limit) + " requests in a " + name);
    };
    const RequestLimits& limits = budgets_[source];
    within(limits.per_second, Duration(1'000), "second");
    within(limits.per_minute, Duration(60'000), "minute");
    within(limits.per_hour, Duration(3'600'000), "hour");
}

void Watch::asked(const std::string& source, const sandbox::ModelRequest& request, SteadyTime now) {
    count(source, now);
    const Path path = split(request.target);
    if (const std::string target = started_target(request, path); !target.empty()) {
        const std::string key = source + "|" + target;
        if (!holds("SELECT 1 FROM runs WHERE source = ? AND target_id = ? AND start_sent = 1 AND remote_job = ''",
                   source, target))
            complain("a start of " + key + " left before the ledger knew that it would");
        const auto lost = unsettled_.find(key);
        if (lost != unsettled_.end() && now - lost->second < blind)
            complain("a start of " + key + " was repeated blindly");
        if (lost != unsettled_.end()) unsettled_.erase(lost);
        ++open_[key];
    }
    const std::string job = asked_job(request, path);
    if (job.empty()) return;
    if (!holds("SELECT 1 FROM runs WHERE source = ?1 AND remote_job = ?2 "
               "UNION ALL SELECT 1 FROM leftovers WHERE source = ?1 AND remote_job = ?2",
               source, job))
        complain(request.method + " of remote job " + job + " of " + source + ", which the ledger does not know");
    if (request.method == "DELETE" && !holds("SELECT 1 FROM artifacts WHERE source = ?1 AND remote_job = ?2 "
                                             "UNION ALL SELECT 1 FROM leftovers WHERE source = ?1 AND remote_job = ?2",
                                             source, job))
        complain("remote job " + job + " of " + source + " is removed before the ledger has its artifact");
}

void Watch::answered(const std::string& source, const sandbox::ModelRequest& request, bool settled, SteadyTime now) {
    const std::string target = started_target(request, split(request.target));
    if (target.empty()) return;
    const std::string key = source + "|" + target;
    --open_[key];
    if (!settled) unsettled_[key] = now;
}

// What is listed is durable: bytes, names, and the manifest.
void Watch::committed() {
    if (!ledger_) return;
    auto statement = ledger_->prepare("SELECT number, path, id FROM artifacts WHERE number > ? ORDER BY number");
    if (!statement) return;
    statement->bind(1, artifacts_seen_);
    while (true) {
        const auto row = statement->step();
        if (!row || !*row) return;
        artifacts_seen_ = statement->integer(0);
        const std::string path = store_ + "/" + statement->text(1);
        for (const std::string& file : {path, path + ".manifest.json"})
            if (!disk_.is_durable(file)) complain("the ledger lists " + path + ", and " + file + " is not durable yet");
        if (listed_) listed_(statement->text(2));
    }
}

}  // namespace garner::sim
