// garner-audit: the checkers of the simulated world, on the real thing. Reads a ledger, a store and what the sandbox's
// control port answered, and says what does not hold.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "checkers/evidence.hpp"
#include "checkers/gather.hpp"

namespace {

using garner::checkers::Evidence;

struct Wanted {
    std::string ledger;
    std::string store = "archive";
    std::string directory;
    std::vector<std::string> records;
    std::string violations;
    std::vector<std::string> said;
    std::vector<std::string> secrets;
    bool settled = false;
};

bool read(const std::string& path, std::string& into) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        std::fprintf(stderr, "garner-audit: cannot read %s\n", path.c_str());
        return false;
    }
    into.assign(std::istreambuf_iterator<char>(file), {});
    return true;
}

bool gathered(const std::string& trouble) {
    if (!trouble.empty()) std::fprintf(stderr, "garner-audit: %s\n", trouble.c_str());
    return trouble.empty();
}

bool gather(const Wanted& wanted, Evidence& evidence) {
    if (!gathered(garner::checkers::gather_ledger(wanted.ledger, evidence))) return false;
    if (!gathered(garner::checkers::gather_store(wanted.store, wanted.directory, evidence))) return false;
    std::string text;
    for (const std::string& record : wanted.records) {
        const std::size_t equals = record.find('=');
        if (equals == std::string::npos) return gathered("--record wants SOURCE=FILE, not " + record);
        if (!read(record.substr(equals + 1), text)) return false;
        if (!gathered(garner::checkers::gather_record(record.substr(0, equals), text, evidence))) return false;
    }
    if (!wanted.violations.empty()) {
        if (!read(wanted.violations, text)) return false;
        if (!gathered(garner::checkers::gather_violations(text, evidence))) return false;
    }
    for (const std::string& path : wanted.said) {
        if (!read(path, text)) return false;
        evidence.told += text;
    }
    for (const std::string& path : wanted.secrets) {
        if (!read(path, text)) return false;
        while (!text.empty() && text.back() == '\n') text.pop_back();
        if (!text.empty()) evidence.secrets.push_back(text);
    }
    return true;
}

}  // namespace

int main(int argc, char** argv) {
    Wanted wanted;
    CLI::App app(
        "Looks whether everything holds that must hold after a life of garnerd. Exit codes: 0 it does, 1 it does "
        "not, 2 usage, or something cannot be read.");
    app.add_option("--ledger", wanted.ledger, "ledger.db")->required();
    app.add_option("--store", wanted.store, "the store's name")->capture_default_str();
    app.add_option("--directory", wanted.directory, "the store's directory")->required();
    app.add_option("--record", wanted.records, "SOURCE=FILE: what GET /VENDOR/record said");
    app.add_option("--violations", wanted.violations, "what GET /violations said");
    app.add_option("--said", wanted.said, "logs and other output, for secrets");
    app.add_option("--secret", wanted.secrets, "files with secrets that nothing may show");
    app.add_flag("--settled", wanted.settled, "every run has to have ended, and nothing to lie about");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
        return app.exit(e) == 0 ? 0 : 2;
    }
    Evidence evidence;
    if (!gather(wanted, evidence)) return 2;
    std::string broken = garner::checkers::first_broken(evidence);
    if (broken.empty() && wanted.settled) broken = garner::checkers::nothing_is_open(evidence, garner::Duration(0));
    if (!broken.empty()) std::printf("%s\n", broken.c_str());
    if (broken.empty())
        std::printf("all holds: %zu runs, %zu artifacts, %zu leftovers, %zu remote jobs\n", evidence.runs.size(),
                    evidence.artifacts.size(), evidence.leftovers.size(), evidence.remote_jobs.size());
    return broken.empty() ? 0 : 1;
}
