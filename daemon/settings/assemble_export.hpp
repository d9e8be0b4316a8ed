// What a job asks Servitly for, and the windows that it covers.
#pragma once

#include "core/settings.hpp"
#include "settings/walk.hpp"

namespace garner {

/// Sets the options and the window of a job of a Servitly source.
void assemble_export(const Checked& keys, JobSettings&, Report&);

}  // namespace garner
