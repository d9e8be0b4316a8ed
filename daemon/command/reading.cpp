#include "command/reading.hpp"

#include <boost/json/serialize.hpp>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <ostream>
#include <system_error>

#include "core/local_time.hpp"
#include "core/text.hpp"
#include "settings/load.hpp"

namespace garner {

std::optional<Settings> load_for_reading(const Invocation& call) {
    LoadOptions options;
    options.secrets = Secrets::skip;
    Loaded loaded = load_settings(call.config_path, options);
    for (const Diagnostic& error : loaded.errors) call.err << error.text() << '\n';
    return std::move(loaded.settings);
}

std::optional<Database> open_ledger(const Invocation& call, const Settings& settings) {
    const std::string path = settings.ledger_path();
    std::error_code error;
    const bool there = std::filesystem::exists(path, error);
    if (error) {
        fail(call, "open the ledger " + path + ": " + error.message() + "; run garner as root or as garnerd's user",
             CommandExit::bad_news);
        return std::nullopt;
    }
    if (!there) call.err << "garner: there is no ledger yet: garnerd has not run with this configuration\n";
    auto database = there ? Database::open_for_reading(path) : Database::open_for_writing("file:none?vfs=memdb");
    if (!database) {
        fail(call, database.error().what, CommandExit::bad_news);
        return std::nullopt;
    }
    return std::move(*database);
}

CommandExit fail(const Invocation& call, const std::string& what, CommandExit how) {
    call.err << "garner: " << printable(what, 4096) << '\n';
    return how;
}

void print_json(const Invocation& call, const boost::json::value& value) {
    call.out << boost::json::serialize(value) << '\n';
}

std::string local_time(const Settings& settings, const std::string& job, std::optional<WallTime> t) {
    if (!t) return "-";
    const auto found = settings.jobs.find(job);
    const Zone& zone = found == settings.jobs.end() ? settings.zone : found->second.zone;
    return zone.format(*t);
}

Result<WallTime> parse_since(const std::string& text, WallTime now) {
    if (const auto instant = parse_rfc3339(text)) return *instant;
    if (const auto back = parse_duration(text)) return now - *back;
    return Failure(FailureKind::rejected, "--since " + printable(text, 60) +
                                              ": write an instant, as 2026-11-02T00:00:00Z, or a time back, as 7d");
}

Result<WallTime> parse_moment(const std::string& text, const Zone& zone, WallTime now) {
    if (const auto instant = parse_rfc3339(text)) return *instant;
    if (const auto local = parse_local(text, zone)) return *local;
    if (const auto ahead = parse_duration(text)) return now + *ahead;
    return Failure(FailureKind::rejected,
                   "'" + printable(text, 60) + "' is no time: write a day as 2026-03-28, a local time as " +
                       "2026-03-28T01:30, an instant as 2026-03-28T00:30:00Z or a time from now as 2d");
}

Result<void> check_job_name(const Settings& settings, const LedgerReader& reader, const std::string& job) {
    if (job.empty() || settings.jobs.contains(job)) return {};
    RunFilter filter;
    filter.job = job;
    filter.limit = 1;
    const auto runs = reader.runs(filter);
    if (!runs) return runs.error();
    if (!runs->empty()) return {};
    return Failure(FailureKind::rejected,
                   "there is no job '" + printable(job, 80) + "'" + suggestion(job, names_of(settings.jobs)));
}

Result<ArtifactRecord> find_artifact(const LedgerReader& reader, const std::string& id) {
    auto found = reader.artifact(id);
    if (!found) return found.error();
    if (!*found)
        return Failure(FailureKind::rejected,
                       "there is no artifact '" + printable(id, 60) + "'; garner artifacts lists them");
    return std::move(**found);
}

Result<ArtifactRecord> find_stored_artifact(const LedgerReader& reader, const std::string& id) {
    auto found = find_artifact(reader, id);
    if (found && (found->place == ArtifactPlace::gone || found->place == ArtifactPlace::removing))
        return Failure(FailureKind::rejected, "artifact " + found->id + " is gone: garner explain says why");
    return found;
}

Result<StoreSettings> store_of(const Settings& settings, const ArtifactRecord& artifact) {
    const auto store = settings.stores.find(artifact.store);
    if (store == settings.stores.end())
        return Failure(FailureKind::rejected, "artifact " + artifact.id + " is in store '" + artifact.store +
                                                  "', which the configuration no longer has; put it back");
    return store->second;
}

std::string suggestion(const std::string& word, const std::vector<std::string>& known) {
    const std::vector<std::string_view> views(known.begin(), known.end());
    const std::string meant = near_miss(word, views);
    if (!meant.empty()) return ", did you mean '" + meant + "'?";
    if (known.empty() || known.size() > 12) return "";
    std::string list;
    for (const std::string& name : known) list += (list.empty() ? "" : ", ") + name;
    return "; there are: " + list;
}

std::string local_window(const Settings& settings, const std::string& job, const std::optional<Window>& window) {
    if (!window) return "-";
    return local_time(settings, job, window->start) + " - " + local_time(settings, job, window->end);
}

}  // namespace garner
