// Single values: what each kind of key takes, and what it says about everything else.
#include <gmock/gmock.h>

#include "settings/support.hpp"
#include "settings/words.hpp"

namespace garner::testing {
namespace {

class SettingsValues : public SettingsTest {};

struct Row {
    std::string yaml;
    std::string error;
};

TEST_F(SettingsValues, that_are_wrong_are_told_with_their_place) {
    const std::string source =
        "version: 1\nsources:\n  s:\n    type: tulip\n    url: https://a.example\n"
        "    basic_auth: {username: apikey.2, password: x}\n    ";
    const std::vector<Row> rows{
        {"version: 1\nglobal: {log: [info]}\n", "2:15: global.log: must be a map of keys, not a list"},
        {"version: 1\nglobal: 5\n", "2:9: global: must be a map of keys, not a single value"},
        {"version: 1\nglobal: {timezone: [UTC]}\n", "2:20: global.timezone: must be text, not a list"},
        {"version: 1\nglobal: {timezone: ''}\n", "2:20: global.timezone: must not be empty"},
        {"version: 1\nglobal: {timezone: \"a\\nb\"}\n",
         "2:20: global.timezone: must be one line without control characters"},
        {"version: 1\nglobal: {timezone: ../../etc/passwd}\n",
         "2:20: global.timezone: no time zone '../../etc/passwd' in the tz database; an IANA name such as "
         "Europe/Berlin is meant"},
        {"version: 1\nglobal: {control_socket: run/garner.sock}\n",
         "2:26: global.control_socket: must be an absolute path; write run/garner.sock"},
        {"version: 1\nglobal: {control_socket: /" + std::string(107, 'a') + "}\n",
         "2:26: global.control_socket: is longer than the 107 bytes that a Unix socket's path may have"},
        {"version: 1\nglobal: {state_directory: /" + std::string(100, 'a') + "}\n",
         "2:27: global.state_directory: is too long for the control socket in it; set global.control_socket to a "
         "shorter path"},
        {"version: 1\nweb: {insecure: 'true'}\n", "2:17: web.insecure: must be true or false, not 'true'"},
        {"version: 1\nweb: {insecure: True}\n", "2:17: web.insecure: must be true or false, not 'True'"},
        {"version: 1\nweb: {listen: []}\n", "2:15: web.listen: must name at least one"},
        {"version: 1\nweb: {listen: [{a: 1}]}\n", "2:16: web.listen[0]: must be text, not a map"},
        {"version: 1\nweb: {listen: '*:9847'}\n",
         "2:15: web.listen: must be host:port, such as 127.0.0.1:9847, [::1]:9847 or :9847 for every address of the "
         "machine"},
        {"version: 1\nweb: {listen: 'localhost:65536'}\n",
         "2:15: web.listen: must be host:port, such as 127.0.0.1:9847, [::1]:9847 or :9847 for every address of the "
         "machine"},
        {"version: 1\nweb: {tls_server_config: {cert_file: /a.crt}}\n",
         "2:7: web.tls_server_config.key_file: is missing: PEM private key of the listener"},
        {"version: 1\nweb: {callback_url: 'https://a.example/?x=1'}\n",
         "2:21: web.callback_url: must not have a query ('?') or a fragment ('#')"},
        {"version: 1\nweb: {callback_url: 'https://u:p@a.example'}\n",
         "2:21: web.callback_url: must not hold a user name or password; they have keys of their own"},
        {"version: 1\nweb: {callback_url: 'ftp://a.example'}\n",
         "2:21: web.callback_url: must be a URL such as https://acme.example"},
        {"version: one\n", "1:10: version: must be a whole number, not 'one'; plain decimal digits are meant"},
        {"version: '1'\n", "1:10: version: must be a whole number, not '1'; plain decimal digits are meant"},
        {"version: 01\n", "1:10: version: must be a whole number, not '01'; plain decimal digits are meant"},
        {"just text\n", "1:1: must be a map of keys such as version, sources, stores and jobs, not a single value"},
        {"", "1:1: version: is missing: put 'version: 1' at the top of the file"},
        {source + "limits: {max_concurrent_jobs: 0}\n",
         "7:35: sources.s.limits.max_concurrent_jobs: must be from 1 to 1000"},
        {source + "limits: {max_concurrent_jobs: 1_0}\n",
         "7:35: sources.s.limits.max_concurrent_jobs: must be a whole number, not '1_0'; plain decimal digits are "
         "meant"},
        {source + "limits: {max_concurrent_jobs: 0x5}\n",
         "7:35: sources.s.limits.max_concurrent_jobs: must be a whole number, not '0x5'; plain decimal digits are "
         "meant"},
        {source + "limits: {bandwidth: 10MB}\n",
         "7:14: sources.s.limits.bandwidth: not supported by this version yet: leave it out; downloads take what the "
         "network gives"},
        {source + "limits: {requests_per_hour: 0}\n",
         "7:33: sources.s.limits.requests_per_hour: must be from 1 to 1000000000"},
        {source + "timeout: 2d\n", "7:14: sources.s.timeout: must be at most 1h"},
        {source + "timeout: 1.5s\n",
         "7:14: sources.s.timeout: must be a duration such as 90s, 15m or 1h30m, not '1.5s'"},
        {source + "proxy_url: https://p:1\n",
         "7:16: sources.s.proxy_url: must begin with http://; what goes to https sources is encrypted inside "
         "(CONNECT)"},
        {source + "proxy_url: http://p.example\n",
         "7:16: sources.s.proxy_url: must name the proxy's port, such as http://proxy.example:3128"},
        {source + "proxy_url: p.example:3128\n",
         "7:16: sources.s.proxy_url: must be a URL such as http://proxy.example:3128"},
        {source + "no_proxy: 10.0.0.0/8\n",
         "7:15: sources.s.no_proxy: networks are not supported; name hosts, '.suffix' or single addresses"},
        {source + "no_proxy: ['*.example']\n",
         "7:16: sources.s.no_proxy[0]: write '.example' for a domain with all its hosts"},
        {source + "workspace: ../admin\n",
         "7:16: sources.s.workspace: must be the part after /w/ in the browser's address, such as DEFAULT"},
        {source + "tenants: [acme]\n", "7:5: sources.s.tenants: belongs to type servitly, not to type tulip"},
        {source + "busy_words: [busy]\n", "7:5: sources.s.busy_words: belongs to type servitly, not to type tulip"},
        {source + "login: {username: a}\n", "7:5: sources.s.login: belongs to type appgate, not to type tulip"},
        {"version: 1\nsources:\n  s: {url: https://a.example}\n",
         "3:3: sources.s.type: is missing: it says the kind, such as tulip"},
        {"version: 1\nsources:\n  s: tulip\n", "3:6: sources.s: must be a map of keys, not a single value"},
        {"version: 1\nstores:\n  s: {type: s3, bucket: b}\n",
         "3:13: stores.s.type: 's3' is not supported by this version yet; it has: local"},
        {"version: 1\nstores:\n  s: {type: local, path: /var/lib/garner}\n",
         "3:26: stores.s.path: is the state directory; take a directory of its own, such as /var/lib/garner/archive"},
        {"version: 1\nstores:\n  s: {type: local, path: /srv/a, reserve: 5Gb}\n",
         "3:43: stores.s.reserve: must be a size such as 512MB or 5GiB, not '5Gb'"},
        {"version: 1\nstores:\n  s: {type: local, path: /srv/a, reserve: 99999999PiB}\n",
         "3:43: stores.s.reserve: must be a size such as 512MB or 5GiB, not '99999999PiB'"},
        {whole("x", "    jitter: 25h\n"), "15:13: jobs.nightly.jitter: must be at most 1d"},
        {whole("x", "    starting_deadline: 500ms\n"), "15:24: jobs.nightly.starting_deadline: must be at least 1s"},
        {whole("x", "    catch_up: lates\n"),
         "15:15: jobs.nightly.catch_up: must be one of none, latest, all, not 'lates', did you mean 'latest'?"},
        {whole("x", "    concurrency_policy: Replace\n"),
         "15:25: jobs.nightly.concurrency_policy: must be one of forbid, queue, not 'Replace'"},
        {whole("x", "    paused: yes\n"), "15:13: jobs.nightly.paused: must be true or false, not 'yes'"},
        {whole("x", "    blackout: night\n"), "15:15: jobs.nightly.blackout: no time interval 'night'; there are none"},
        {whole("x", "    retries: 101\n"), "15:14: jobs.nightly.retries: must be from 0 to 100"},
        {whole("[a, b]"),
         "6:50: sources.press.basic_auth.password: must be text, {file: PATH}, {env: NAME} or {credential: "
         "NAME}, not a list"},
        {whole("{fiel: a}"), "6:51: sources.press.basic_auth.password.fiel: unknown key, did you mean 'file'?"},
        {whole("{x-a: b}"),
         "6:50: sources.press.basic_auth.password: must be one of {file: PATH}, {env: NAME} and {credential: NAME}"},
        {whole("\"\""), "6:50: sources.press.basic_auth.password: the secret is empty"},
        {whole(""),
         "6:40: sources.press.basic_auth.password: has no value; it takes text, {file: PATH}, {env: NAME} or "
         "{credential: NAME}"},
        {whole("{env: $HOME}"),
         "6:56: sources.press.basic_auth.password.env: must be an environment variable's name, without '$'"},
        {whole("{credential: ../a}"),
         "6:63: sources.press.basic_auth.password.credential: must be a credential's name as in the "
         "unit's LoadCredential=, without a path"},
    };
    for (const Row& row : rows) EXPECT_EQ(errors_of(row.yaml), std::vector<std::string>{":" + row.error}) << row.yaml;
}

TEST_F(SettingsValues, of_reading_a_store_back) {
    const Loaded loaded = load(
        "version: 1\nglobal: {timezone: Europe/Berlin}\nstores:\n"
        "  a: {type: local, path: /srv/a, verify: {schedule: \"0 12 * * *\", outdated_after: 90d, bandwidth: 20MB}}\n"
        "  b: {type: local, path: /srv/b, verify: {schedule: [\"@every 6h\", \"0 1 * * *\"]}}\n"
        "  c: {type: local, path: /srv/c}\n");
    ASSERT_EQ(texts(loaded.errors), std::vector<std::string>{});
    const VerifySettings& all = *loaded.settings->stores.at("a").verify;
    EXPECT_EQ(all.schedule.text(), "0 12 * * *");
    EXPECT_EQ(all.outdated_after, Duration(90 * 86'400'000LL));
    EXPECT_EQ(all.bandwidth, 20'000'000U);
    const VerifySettings& little = *loaded.settings->stores.at("b").verify;
    EXPECT_EQ(little.schedule.text(), "@every 6h; 0 1 * * *");
    EXPECT_EQ(little.outdated_after, Duration(30 * 86'400'000LL));
    EXPECT_EQ(little.bandwidth, 0U);
    EXPECT_FALSE(loaded.settings->stores.at("c").verify);
    const Loaded wrong = load(
        "version: 1\nstores:\n  a: {type: local, path: /srv/a, verify: {shedule: \"0 12 * * *\"}}\n"
        "  b: {type: local, path: /srv/b, verify: {schedule: \"0 12 31 2 *\", bandwidth: 5}}\n");
    const std::vector<std::string> said = texts(wrong.errors);
    ASSERT_EQ(said.size(), 3U) << said.front();
    EXPECT_NE(said[0].find("stores.a.verify.shedule: unknown key, did you mean 'schedule'?"), std::string::npos)
        << said[0];
    EXPECT_NE(said[1].find("stores.b.verify."), std::string::npos) << said[1];
    EXPECT_NE(said[2].find("stores.b.verify."), std::string::npos) << said[2];
}

TEST_F(SettingsValues, look_like_what_they_are_meant_for_not_like_what_yaml_takes_them_for) {
    const Loaded loaded = load(
        "version: 1\nsources:\n  no:\n    type: tulip\n    url: HTTPS://Acme.Tulip.co:443/base//\n"
        "    basic_auth: {username: apikey.2, password: 0755}\n    proxy_url: http://u:p@proxy.example:3128/\n"
        "    no_proxy: localhost, .Example.com,::1\n"
        "stores: {yes: {type: local, path: /srv/archive/./x/, reserve: 5 GiB}}\n"
        "jobs:\n  1e3: {source: no, machines: no, schedule: [\"@every 30s\", 0 1 * * *], stores: yes, retries: 0, "
        "retry_wait: 0s}\n");
    ASSERT_EQ(texts(loaded.errors), std::vector<std::string>{});
    const SourceSettings& source = loaded.settings->sources.at("no");
    EXPECT_EQ(source.http.base_url, "https://acme.tulip.co:443/base");
    EXPECT_EQ(source.http.proxy_url, "http://u:p@proxy.example:3128/");
    EXPECT_EQ(source.http.no_proxy, (std::vector<std::string>{"localhost", ".example.com", "::1"}));
    EXPECT_EQ(std::get<TulipSettings>(source.vendor).password.reveal(), "0755");
    EXPECT_EQ(loaded.settings->stores.at("yes").path, "/srv/archive/x");
    EXPECT_EQ(loaded.settings->stores.at("yes").reserve_bytes, 5ULL << 30);
    const JobSettings& job = loaded.settings->jobs.at("1e3");
    EXPECT_EQ(job.targets.include, std::vector<std::string>{"no"});
    EXPECT_EQ(job.schedule.text(), "@every 30s; 0 1 * * *");
    EXPECT_EQ(job.retries, 0U);
    EXPECT_EQ(job.retry_wait, Duration(0));
}

TEST_F(SettingsValues, of_discovery_are_those_of_each_source) {
    const auto with = [](const std::string& discovery) {
        return "version: 1\nsources:\n  press:\n    type: tulip\n    url: https://acme.tulip.co\n"
               "    basic_auth: {username: apikey.2, password: x}\n    discovery: " +
               discovery + "\n";
    };
    const Loaded loaded = load(with("{interval: 1h, min_ratio: 0.25}"));
    ASSERT_EQ(texts(loaded.errors), std::vector<std::string>{});
    EXPECT_EQ(loaded.settings->sources.at("press").discovery, (DiscoverySettings{Duration(3'600'000), 0.25}));
    EXPECT_EQ(load(with("{min_ratio: 0}")).settings->sources.at("press").discovery,
              (DiscoverySettings{Duration(900'000), 0}));
    for (const std::string wrong : {"1.1", "-0.5", "half", "0,5", "nan", "1e-1"}) {
        const auto errors = errors_of(with("{min_ratio: '" + wrong + "'}"));
        ASSERT_EQ(errors.size(), 1U) << wrong;
        EXPECT_NE(errors[0].find("must be a number from 0 to 1, such as 0.5"), std::string::npos) << errors[0];
    }
    EXPECT_EQ(errors_of(with("{interval: 100ms}")).size(), 1U);
}

TEST_F(SettingsValues, of_a_job_win_over_global_ones) {
    const std::string global = "global: {timezone: Europe/Berlin}\n";
    const Loaded inherited = load(whole() + global);
    ASSERT_EQ(texts(inherited.errors), std::vector<std::string>{});
    EXPECT_EQ(inherited.settings->jobs.at("nightly").zone.name(), "Europe/Berlin");
    const Loaded own = load(whole("x", "    timezone: America/New_York\n") + global);
    EXPECT_EQ(own.settings->jobs.at("nightly").zone.name(), "America/New_York");
    EXPECT_EQ(own.settings->zone.name(), "Europe/Berlin");
    EXPECT_EQ(load(whole()).settings->jobs.at("nightly").zone.name(), "UTC");
}

TEST_F(SettingsValues, that_are_left_out_have_their_defaults) {
    const Loaded loaded = load(whole());
    ASSERT_TRUE(loaded.settings.has_value());
    const Settings& s = *loaded.settings;
    EXPECT_EQ(s.state_directory, "/var/lib/garner");
    EXPECT_EQ(s.control_socket_path(), "/var/lib/garner/control.sock");
    EXPECT_EQ(s.web.listen, std::vector<std::string>{"127.0.0.1:9847"});
    EXPECT_EQ(s.log.level, LogLevel::info);
    EXPECT_FALSE(s.log.format.has_value());
    const SourceSettings& source = s.sources.at("press");
    EXPECT_EQ(source.http.timeout, Duration(30'000));
    EXPECT_EQ(source.poll.max, Duration(300'000));
    EXPECT_EQ(source.backoff.throttled, Duration(60'000));
    EXPECT_EQ(source.max_concurrent_jobs, 1U);
    EXPECT_FALSE(source.http.allow_http);
    EXPECT_EQ(s.jobs.at("nightly").deadline, Duration(12 * 3'600'000));
    EXPECT_EQ(s.jobs.at("nightly").retries, 2U);
}

TEST_F(SettingsValues, of_machines_may_leave_out_only) {
    const std::string text = whole();
    const Loaded loaded = load(text.substr(0, text.find("machines:")) + "machines: {exclude: 'Test *'}\n" +
                               text.substr(text.find("    schedule:")));
    ASSERT_EQ(texts(loaded.errors), std::vector<std::string>{});
    EXPECT_EQ(loaded.settings->jobs.at("nightly").targets.include, std::vector<std::string>{"*"});
    EXPECT_EQ(loaded.settings->jobs.at("nightly").targets.exclude, std::vector<std::string>{"Test *"});
}

TEST_F(SettingsValues, systemd_s_state_directory_is_taken_unless_the_file_names_one) {
    environment_["STATE_DIRECTORY"] = "/var/lib/private/garner:/var/lib/other";
    EXPECT_EQ(load(whole()).settings->state_directory, "/var/lib/private/garner");
    EXPECT_EQ(load(whole() + "global: {state_directory: /srv/state/}\n").settings->state_directory, "/srv/state");
}

TEST_F(SettingsValues, listeners_beyond_loopback_need_a_password_or_a_word) {
    const std::string open =
        "version: 1\nweb:\n  listen: [':9847', '[::]:9847', '0.0.0.0:1', 'garner.example:1', '[::1]:2', "
        "'127.9.9.9:3']\n";
    EXPECT_EQ(errors_of(open).size(), 4U);
    EXPECT_EQ(errors_of(open + "  insecure: true\n").size(), 0U);
    EXPECT_EQ(errors_of(open + "  basic_auth_users: {}\n").size(), 4U);
    const std::string hash = "$2y$12$3/CTP0DmOdPGIHiyTKFzqeUzTlqnb.BJcwnv7j1NEnTnwsEdmbhtC";
    EXPECT_EQ(errors_of(open + "  basic_auth_users: {admin: " + hash + "}\n").size(), 0U);
}

TEST_F(SettingsValues, that_are_odd_but_possible_are_warned_about) {
    const Loaded loaded = load(
        "version: 1\nsources:\n  s:\n    type: tulip\n    url: https://a.example\n    no_proxy: b.example\n"
        "    tls_config: {insecure_skip_verify: true}\n    basic_auth: {username: admin, password: x}\n"
        "stores: {archive: {type: local, path: /srv/a}}\n");
    ASSERT_TRUE(loaded.settings.has_value());
    EXPECT_EQ(shortened(loaded.warnings),
              (std::vector<std::string>{":3:3: sources.s: is not used by any job",
                                        ":6:5: sources.s.no_proxy: has no effect without proxy_url",
                                        ":7:40: sources.s.tls_config.insecure_skip_verify: anybody on the way can pose "
                                        "as the vendor; better name the "
                                        "certificate in ca_file",
                                        ":8:28: sources.s.basic_auth.username: a Tulip API token's user name begins "
                                        "with 'apikey.'; this one will be refused",
                                        ":9:10: stores.archive: is not used by any job"}));
}

TEST(Sizes, are_decimal_or_binary_as_their_unit_says) {
    EXPECT_EQ(parse_size("512MB"), 512'000'000U);
    EXPECT_EQ(parse_size("64MiB"), 64U << 20);
    EXPECT_EQ(parse_size("1 TB"), 1'000'000'000'000U);
    EXPECT_EQ(parse_size("3kB"), 3'000U);
    EXPECT_EQ(parse_size("0B"), 0U);
    for (const char* wrong :
         {"", "5", "MB", "5 ", "5  MB", "05MB", "-5MB", "1.5GiB", "5mb", "5M", "8EiB", "99999999999999999999B"})
        EXPECT_EQ(parse_size(wrong), std::nullopt) << wrong;
}

TEST(Urls, are_taken_apart_strictly) {
    const auto url = parse_url("https://u:p@[2001:DB8::1]:8443/a/b?q#f");
    ASSERT_TRUE(url.has_value());
    EXPECT_TRUE(url->has_user && url->has_query && url->has_fragment);
    EXPECT_EQ(url->address.host, "2001:db8::1");
    EXPECT_EQ(url->address.port, 8443);
    EXPECT_EQ(url->path, "/a/b");
    for (const char* wrong :
         {"", "a.example", "https://", "https:///a", "https://a b", "https://a:0", "https://a:99999", "https://a:x",
          "https://[::1", "https://[zz]", "://a", "https://\xC3\xBC.example", "https://-a", "https://a..b"})
        EXPECT_FALSE(parse_url(wrong).has_value()) << wrong;
}

TEST_F(SettingsValues, of_what_is_expected_of_an_artifact) {
    const auto expect = [&](const std::string& words) {
        const Loaded loaded = load(
            "version: 1\nsources: {s: {type: tulip, url: https://a.example, basic_auth: {username: apikey.2, password: "
            "x}}}\nstores: {a: {type: local, path: /srv/a}}\njobs: {j: {source: s, machines: ['*'], schedule: "
            "'@daily', "
            "stores: [a]" +
            words + "}}\n");
        EXPECT_EQ(texts(loaded.errors), std::vector<std::string>{});
        return loaded.settings ? loaded.settings->jobs.at("j").expect : Expectation{};
    };
    EXPECT_EQ(expect(""), Expectation{});
    EXPECT_EQ(expect(", expect: {}"), Expectation{});
    Expectation all;
    all.min_size = 1'000;
    all.max_size = 2'000'000'000;
    all.ratio_min = 0.25;
    all.ratio_max = 4;
    all.min_rows = 100;
    all.allow_empty = true;
    all.columns = {"State", "Start Time"};
    EXPECT_EQ(expect(", expect: {min_size: 1kB, max_size: 2GB, ratio: [0.25, 4], min_rows: 100, allow_empty: true, "
                     "columns: [State, Start Time]}"),
              all);
    Expectation count;
    count.column_count = 9;
    EXPECT_EQ(expect(", expect: {columns: 9}"), count);
    Expectation one;
    one.columns = {"State"};
    EXPECT_EQ(expect(", expect: {columns: State}"), one);
}

TEST_F(SettingsValues, a_rule_that_removes_the_rest_of_a_period_of_windows_is_warned_about) {
    const auto warnings = [&](const std::string& window, const std::string& rule) {
        const Loaded loaded = load(
            "version: 1\nsources:\n  fleet:\n    type: servitly\n    url: https://api.servitly.com\n"
            "    tenants: {acme: {api_key: hunter2, pat: hunter2}}\n"
            "stores:\n  archive: {type: local, path: /srv/archive}\n"
            "jobs:\n  telemetry: {source: fleet, tenants: acme, schedule: \"15 2 * * *\", stores: [archive], "
            "retention: plant, export: {window: " +
            window +
            ", start: 2026-01-01}}\n"
            "retention:\n  plant: {" +
            rule + "}\n");
        EXPECT_EQ(texts(loaded.errors), std::vector<std::string>{});
        return loaded.warnings;
    };
    for (const char* rule : {"keep_last: 9", "keep_last: 9, keep_within: 90d", "keep_daily: 14, keep_hourly: 24"})
        EXPECT_EQ(texts(warnings("1d", rule)), std::vector<std::string>{}) << rule;
    const auto hours = warnings("1h", "keep_hourly: 24, keep_daily: 14");
    ASSERT_EQ(hours.size(), 1U);
    EXPECT_THAT(hours[0].message,
                ::testing::StartsWith("keep_daily keeps one artifact of each day, which holds no more "
                                      "than its window of 1h: the rest of the day goes"));
    EXPECT_EQ(warnings("1mo", "keep_monthly: 14").size(), 0U);
    EXPECT_EQ(warnings("1mo", "keep_yearly: 2").size(), 1U);
}

}  // namespace
}  // namespace garner::testing
