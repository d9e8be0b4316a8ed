// A person's word about spans of a target's time: that nothing is owed of one any more, or that it is owed again.
#pragma once

#include <string>

#include "core/coverage.hpp"
#include "engine/context.hpp"

namespace garner {

/// Engine::close_span() of a job that is known; sets `at`.
Task<Result<ClosedSpan>> close_span(EngineContext&, JobSettings job, std::string target, ClosedSpan span);

/// Engine::reopen_spans() of a job that is known.
Task<Result<std::size_t>> reopen_spans(EngineContext&, JobSettings job, std::string target, Window within);

}  // namespace garner
