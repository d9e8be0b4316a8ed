#include "sandbox/ready.hpp"

#include <boost/json/array.hpp>
#include <utility>
#include <vector>

#include "sandbox/models/seeded.hpp"

namespace garner::sandbox {
namespace {

boost::json::array array_of(const std::vector<std::string>& words) {
    boost::json::array all;
    for (const std::string& word : words) all.emplace_back(word);
    return all;
}

}  // namespace

TulipAccount seeded_account(std::uint64_t seed, const std::string& kind) {
    return {"apikey.2_" + seeded_word(17, chance(seed, kind + " name")),
            seeded_word(32, chance(seed, kind + " secret"))};
}

void populate(WorldOptions& world, std::uint64_t seed, std::size_t machines, std::size_t tenants,
              std::size_t appliances) {
    world.tulip.seed = world.servitly.seed = world.appgate.seed = seed;
    world.tulip.machine_types = seeded_machines(seed, machines);
    const auto add_token = [&](const std::string& kind, const TulipToken& token) {
        const TulipAccount account = seeded_account(seed, kind);
        world.tulip.tokens[account.username + ":" + account.password] = token;
    };
    add_token("workspace", {});
    add_token("account", {TulipToken::Level::account, {TulipScope::machines_read, TulipScope::machines_write}});
    add_token("reader", {TulipToken::Level::workspace, {TulipScope::machines_read}});
    world.servitly.tenants = seeded_tenants(seed, tenants);
    world.appgate.appliances = seeded_appliances(seed, appliances);
    world.appgate.password = seeded_word(24, chance(seed, "appgate password"));
}

boost::json::object tulip_ready(const TulipOptions& tulip, const std::string& url, const std::string& download_url) {
    boost::json::object vendor;
    vendor["url"] = url;
    for (const auto& [kind, key] :
         {std::pair<const char*, std::string>("workspace", ""), {"account", "account_"}, {"reader", "read_only_"}}) {
        const TulipAccount account = seeded_account(tulip.seed, kind);
        vendor[key + "username"] = account.username;
        vendor[key + "password"] = account.password;
    }
    vendor["workspace"] = tulip.workspace;
    vendor["download_url"] = download_url;
    boost::json::array machines;
    for (const TulipMachineType& type : tulip.machine_types) {
        for (const TulipMachine& one : type.machines) {
            boost::json::object machine;
            machine["id"] = one.id;
            machine["name"] = one.name;
            machines.push_back(std::move(machine));
        }
    }
    vendor["machines"] = std::move(machines);
    return vendor;
}

boost::json::object servitly_ready(const ServitlyOptions& servitly) {
    boost::json::object vendor;
    vendor["url"] = servitly.api_url;
    vendor["download_url"] = servitly.download_url;
    boost::json::array tenants;
    for (const ServitlyTenantAccount& one : servitly.tenants) {
        boost::json::object tenant;
        tenant["name"] = one.name;
        tenant["api_key"] = one.api_key;
        tenant["pat"] = one.pat;
        tenant["email"] = one.email;
        tenant["password"] = one.password;
        tenants.push_back(std::move(tenant));
    }
    vendor["tenants"] = std::move(tenants);
    return vendor;
}

boost::json::object appgate_ready(const AppgateOptions& appgate, const std::string& url) {
    boost::json::object vendor;
    vendor["url"] = url + "/admin";
    vendor["provider"] = appgate.provider;
    vendor["username"] = appgate.username;
    vendor["password"] = appgate.password;
    boost::json::array appliances;
    for (const AppgateAppliance& one : appgate.appliances) {
        boost::json::object appliance;
        appliance["id"] = one.id;
        appliance["name"] = one.name;
        appliance["functions"] = array_of(one.functions);
        appliance["tags"] = array_of(one.tags);
        appliances.push_back(std::move(appliance));
    }
    vendor["appliances"] = std::move(appliances);
    return vendor;
}

}  // namespace garner::sandbox
