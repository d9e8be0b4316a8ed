// What a job takes from its vendor: which targets, and what is asked for each. Both stand under keys that the source's
// type decides, so a job can only be judged once its source is known.
#pragma once

#include "core/settings.hpp"
#include "settings/walk.hpp"

namespace garner {

/// Sets the job's targets, options and window. Keys of another vendor are in the report, as are those that are missing.
void assemble_targets(const Checked& keys, const SourceSettings&, JobSettings&, Report&);

}  // namespace garner
