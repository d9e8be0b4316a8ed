// What changes in the ledger, verb by verb, as plain functions of one connection inside a savepoint. They are the only
// ones that write; Ledger groups them into commits.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "ledger/ledger.hpp"

namespace garner::verbs {

/// `began`: ids of the runs that were written, not those that exist already.
Result<void> dispatch(const Database& database, const Dispatch& due, std::set<std::string>& began);
Result<void> set_cursor(const Database&, const std::string& job, const ScheduleCursor&);
Result<void> pause(const Database&, const std::string& job, const Pause&);
Result<void> update_run(const Database&, const std::string& run, const RunUpdate&);
Result<void> targets_seen(const Database&, const std::string& source, const std::vector<Target>&, WallTime now,
                          const std::string& fingerprint);
Result<void> list_refused(const Database&, const std::string& source, const RefusedList&, WallTime now,
                          const std::string& fingerprint);
/// `accepted`: the list that stood refused.
Result<void> list_confirmed(const Database&, const std::string& source, WallTime now, std::vector<Target>& accepted);
Result<void> artifact_stored(const Database&, const ArtifactRecord&, const RunUpdate&);
Result<void> hold(const Database&, const std::string& artifact, const Hold&);
/// A manifest that another one names as the one before it need not be in a store any more.
Result<void> manifest_gone(const Database&, const std::string& sha256, WallTime now);
Result<void> close_span(const Database&, const std::string& job, const std::string& source,
                        const std::string& target_id, const ClosedSpan&);
/// `count`: of the spans that were closed.
Result<void> reopen_spans(const Database&, const std::string& job, const std::string& source,
                          const std::string& target_id, const Window& within, std::size_t& count);
/// `marked`: those that are on their way from now on.
Result<void> trash(const Database&, const TrashOrder&, std::vector<ArtifactRecord>& marked);
Result<void> moved(const Database&, const std::vector<ArtifactRecord>&, WallTime now);
Result<void> remove_from_trash(const Database&, const std::vector<std::string>& artifacts, WallTime now,
                               std::vector<ArtifactRecord>& marked);
Result<void> restore(const Database&, const std::string& artifact, const Hold&, ArtifactRecord& marked);
Result<void> rules_adopted(const Database&, const std::map<std::string, RuleInForce>&);
Result<void> prune_waits(const Database&, const std::optional<PruneWait>&);
Result<void> accept(const Database&, const std::string& artifact, const Acceptance&, const std::string& damage);
/// The part of it that is the run's: it counts as good from then on.
Result<void> run_accepted(const Database&, const std::string& run, const Acceptance&);
/// It was read back and is whole.
Result<void> artifact_proven(const Database&, const std::string& artifact, WallTime now);
/// It is not what was stored any more: suspect until accept().
Result<void> artifact_damaged(const Database&, const std::string& artifact, const std::string& damage, WallTime now);
/// What was proven later than now was not: a clock was ahead.
Result<void> unprove_after(const Database&, const std::string& store, WallTime now);
Result<void> store_proven(const Database&, const std::string& store, const VerifyMemory&);
Result<void> leave_behind(const Database&, const LeftoverRecord&, const std::string& run, const RunUpdate&);
Result<void> leftover_settled(const Database&, const std::string& leftover);
Result<void> leftover_postponed(const Database&, const LeftoverRecord&);
Result<void> leftovers_revived(const Database&, const std::string& source, WallTime now);
/// `known`: as it is from now on.
Result<void> installation(const Database&, const Installation& fresh, Installation& known);
Result<void> login_rejected(const Database&, const LoginRejection&);
Result<void> login_forgiven(const Database&, const std::string& source);
Result<void> source_stands(const Database&, const SourceStanding&);
Result<void> request_left(const Database&, const RequestLeft&);
Result<void> heartbeat(const Database&, WallTime now);
Result<void> clock_judged(const Database&, const ClockMemory&);
/// Behind what the run's timeline has.
Result<void> append_timeline(const Database&, const std::string& run, const std::vector<TimelineEntry>&);

}  // namespace garner::verbs
