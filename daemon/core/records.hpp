// The vocabulary of what garner remembers: targets, runs, artifacts, leftovers. One word for one thing (PRODUCT.md
// section 1).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.hpp"
#include "core/window.hpp"

namespace garner {

/// What a list says of a target beyond its id and name: only for choosing, empty in runs and artifacts.
struct TargetTraits {
    std::vector<std::string> tags;
    std::vector<std::string> functions;  ///< of an Appgate appliance: "controller", "gateway"; lower case
    bool stateless = false;  ///< it holds nothing worth a backup: taken only when asked for by name, id or function
    friend bool operator==(const TargetTraits&, const TargetTraits&) = default;
};

/// One thing to archive at a source: a Tulip machine, a Servitly tenant, an Appgate appliance.
struct Target {
    std::string id;    ///< the vendor's
    std::string name;  ///< the vendor's; not unique, not safe
    TargetTraits traits{};
    friend bool operator==(const Target&, const Target&) = default;
};

/// PRODUCT.md section 5. The first seven are unfinished, the last four terminal.
enum class RunState {
    queued,
    starting,
    exporting,
    downloading,
    verifying,
    publishing,
    cleaning,
    succeeded,
    suspect,
    failed,
    skipped
};
std::string_view to_string(RunState);
std::optional<RunState> parse_run_state(std::string_view);
constexpr bool is_terminal(RunState s) { return s >= RunState::succeeded; }

enum class Trigger { schedule, catch_up, manual };
std::string_view to_string(Trigger);
std::optional<Trigger> parse_trigger(std::string_view);

enum class Verdict { verified, suspect };
std::string_view to_string(Verdict);
std::optional<Verdict> parse_verdict(std::string_view);

/// How far a download got, durably: the bytes before `offset` are synced in the staged file.
struct DownloadProgress {
    std::string staged;  ///< the staged file's name inside the store's staging directory
    std::uint64_t offset = 0;
    std::optional<std::uint64_t> total;  ///< as announced
    std::string validator;               ///< a strong ETag, else Last-Modified; empty: cannot be resumed
};

struct RunRecord {
    std::string id;
    std::string job;
    std::string source;
    Target target;
    WallTime scheduled_at;
    std::optional<Window> window;
    Trigger trigger = Trigger::schedule;
    RunState state = RunState::queued;
    std::string reason;  ///< why it ended so, or what it waits for; empty on plain success
    std::uint32_t attempts = 0;
    std::string remote_job;  ///< the vendor's id; empty until the start was answered
    bool start_sent =
        false;  ///< a start was about to be sent and its answer is not known: ambiguous while remote_job is empty
    std::optional<WallTime> queued_at;
    std::optional<WallTime> started_at;         ///< the first attempt; the deadline counts from here
    std::optional<WallTime> remote_started_at;  ///< the start of the remote job was answered
    std::optional<WallTime> pending_at;         ///< the last look that found it unfinished; written with ready_at
    std::optional<WallTime> ready_at;           ///< the vendor's file was found ready
    std::optional<WallTime> ended_at;
    std::optional<WallTime> not_before;  ///< a further attempt is not made before this instant (retry_wait)
    std::optional<DownloadProgress> download;
    std::string artifact;  ///< id; empty until there is one
    std::string leftover;  ///< id of the adopted leftover, if the remote job came from an earlier run
};

/// A remote job of the past, counted from its start: it ended after `pending` and not after `ready`.
struct ObservedDuration {
    Duration pending{0};  ///< the last look that found it unfinished; 0: the first look found it ready
    Duration ready{0};
    friend bool operator==(const ObservedDuration&, const ObservedDuration&) = default;
};

/// Where an artifact is. Each step of its files stands between two of these, so that a crash in one is finished.
enum class ArtifactPlace {
    store,      ///< where it was published: the only one that counts
    trashing,   ///< on its way into the trash
    trash,      ///< in the store's trash, until its grace is over
    restoring,  ///< on its way back
    removing,   ///< its files are being removed
    gone,       ///< for good; that it was there stays known
};
std::string_view to_string(ArtifactPlace);
std::optional<ArtifactPlace> parse_place(std::string_view);

/// Why an artifact is no longer, or again, in its place.
struct Removal {
    WallTime since;                 ///< when that was decided
    std::optional<WallTime> until;  ///< in the trash: not gone before
    std::string rule;               ///< what decided it, in words
};

/// Somebody's word that a suspect artifact is good all the same. It counts as verified from then on.
struct Acceptance {
    WallTime at;
    std::string who;  ///< "uid 0"
    std::string reason;
    friend bool operator==(const Acceptance&, const Acceptance&) = default;
};

struct ArtifactRecord {
    std::string id;
    std::string run;
    std::string job;
    std::string source;
    Target target;
    WallTime scheduled_at;
    std::optional<Window> window;
    std::string store;
    std::string path;  ///< relative to the store
    std::uint64_t size = 0;
    std::string sha256;  ///< lower-case hex
    std::string media_type;
    std::string probe;                    ///< what the format probe read: "csv: 9 columns, 1203 rows"
    std::optional<std::uint64_t> rows{};  ///< of CSV, without headers
    Verdict verdict = Verdict::verified;
    std::vector<std::string> reasons;        ///< why it is suspect, or was until it was accepted
    std::optional<Acceptance> acceptance{};  ///< a person made it verified
    std::string damage{};                    ///< what became of its bytes after it was stored: suspect, then
    bool held = false;
    WallTime stored_at;
    std::string remote_job;
    std::string manifest_sha256;
    std::optional<WallTime> held_until{};  ///< of a hold; nothing: until it is released
    ArtifactPlace place = ArtifactPlace::store;
    std::optional<Removal> removal{};  ///< of one that is not in its place
};

/// What is to become of a leftover.
enum class LeftoverFate {
    adopt,    ///< the next run of the target for the same window fetches it
    discard,  ///< it has ended and nobody wants it any more: removed at the vendor
};
std::string_view to_string(LeftoverFate);
std::optional<LeftoverFate> parse_leftover_fate(std::string_view);

/// Something of ours that may still exist at a vendor.
struct LeftoverRecord {
    std::string id;
    std::string run;
    std::string job;
    std::string source;
    Target target;
    std::optional<Window> window;  ///< that its run asked for
    std::string remote_job;        ///< empty: a start whose answer was lost, so the id is not known
    WallTime since;
    std::string why;
    LeftoverFate fate = LeftoverFate::adopt;
    std::uint32_t tries = 0;                      ///< failed tries to remove it
    std::optional<WallTime> next_try;             ///< of removing it; nothing: no further try is made
    std::optional<WallTime> remote_started_at{};  ///< when its run started it; not written, the run's
};

/// Somebody's word that a job is to start nothing for a while. The newest one of a job is kept when it is over.
struct Pause {
    WallTime since;
    std::optional<WallTime> until;  ///< nothing of its schedule starts before; nothing: until it is resumed
    std::string who;                ///< "uid 0", "the configuration"
    std::string reason;

    bool covers(WallTime t) const { return since <= t && (!until || t < *until); }
};
/// "paused by uid 0 since 2026-11-02T08:00:00Z until 2026-11-03T08:00:00Z: the press is taken apart".
std::string describe(const Pause&);
/// `paused: true`; since when, where that is known.
Pause pause_of_configuration(std::optional<WallTime> since);

/// One line of a run's timeline, for `garner show`: what happened, redacted.
struct TimelineEntry {
    WallTime at;
    std::string event;
    std::string detail;
};

}  // namespace garner
