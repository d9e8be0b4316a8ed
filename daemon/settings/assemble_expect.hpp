// From checked keys to what a job expects of its artifacts.
#pragma once

#include "core/settings.hpp"
#include "settings/walk.hpp"

namespace garner {

/// Sets job.expect. What would refuse every artifact, or has no effect on this kind of source, is in the report.
void assemble_expect(const Checked& keys, const SourceSettings&, JobSettings& job, Report&);

}  // namespace garner
