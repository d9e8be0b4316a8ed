// The probes one by one, for make_probe(), and what they share.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/probe.hpp"

namespace garner {

std::unique_ptr<Probe> make_csv_probe();
std::unique_ptr<Probe> make_zip_probe();
std::unique_ptr<Probe> make_openpgp_probe();

/// As foreign_format(), and archives and compressed files too: "a gzip file". A tar archive shows in its first 262
/// bytes.
std::string foreign_file(std::string_view first_bytes);

/// `: "<html>..."`, of text; of anything else nothing.
std::string how_it_begins(std::string_view first_bytes);

}  // namespace garner
