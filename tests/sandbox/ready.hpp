// The ready line: what a client of this sandbox needs to know of each vendor.
#pragma once

#include <cstdint>
#include <string>

#include <boost/json/object.hpp>

#include "sandbox/world.hpp"

namespace garner::sandbox {

struct TulipAccount {
    std::string username;
    std::string password;
};
/// `kind`: "workspace", "account" or "reader".
TulipAccount seeded_account(std::uint64_t seed, const std::string& kind);

/// Targets and accounts of all vendors from the seed.
void populate(WorldOptions&, std::uint64_t seed, std::size_t machines, std::size_t tenants, std::size_t appliances);

/// `url` and `download_url` without a slash at the end.
boost::json::object tulip_ready(const TulipOptions&, const std::string& url, const std::string& download_url);
boost::json::object servitly_ready(const ServitlyOptions&);
boost::json::object appgate_ready(const AppgateOptions&, const std::string& url);

}  // namespace garner::sandbox
