// A rule says where it does not hold, and why. A plain word is looked for first: regular expressions are slow.
#include "tidy_test/lines.hpp"

#include <algorithm>
#include <regex>

namespace garner::tidy {

namespace {

struct Rule {
    std::vector<std::string> hints;  ///< one of these stands in a line that breaks the rule
    std::regex pattern;
    std::string what;
    std::vector<std::string> not_in;  ///< beginnings of paths
    bool in_comments = false;
};

const std::vector<Rule>& rules() {
    // The sandbox and what tests the real doors live in the real world; nothing else asks it for time or chance.
    static const std::vector<std::string> real_world{"daemon/platform/real/", "tests/sandbox/", "tests/platform/",
                                                     "tests/bench/"};
    static const std::vector<Rule> all{
        {{"_clock::now", "gettimeofday", "clock_gettime", "absl::Now", "time("},
         std::regex(
             R"(\w+_clock::now\b|\bgettimeofday\b|\bclock_gettime\b|absl::Now\b|(^|[^\w.>])time\((nullptr|NULL|0|&))"),
         "a raw clock: time comes through the Clock",
         real_world},
        {{"steady_timer", "system_timer", "deadline_timer", "high_resolution_timer"},
         std::regex(R"(\b(steady|system|deadline|high_resolution)_timer\b)"),
         "a timer of Asio: waiting goes through the Clock, so that a simulated one can jump",
         {"daemon/platform/real/", "daemon/precompiled.hpp", "tests/"}},
        {{"random_device", "rand(", "getrandom", "getentropy", "RAND_bytes"},
         std::regex(R"(\brandom_device\b|\bs?rand\(|\bgetrandom\b|\bgetentropy\b|\bRAND_bytes\b)"),
         "raw randomness: chance comes through the Random",
         real_world},
        {{"sleep"},
         std::regex(R"(this_thread::sleep_|(^|[^\w.>:])(::)?(u|nano)?sleep\()"),
         "sleeping: wait for the condition, or use the simulated clock",
         {}},
        {{"catch"},
         std::regex(R"(\bcatch\s*\(\s*\.\.\.\s*\))"),
         "catches everything, and so hides our own mistakes",
         {}},
        {{"TODO", "FIXME", "XXX"},
         std::regex(R"(\b(TODO|FIXME|XXX)\b)"),
         "postponed work: do it, or file an issue",
         {"tests/tidy_test/"},
         true},
    };
    return all;
}

bool applies(const Rule& rule, const std::string& path) {
    return std::none_of(rule.not_in.begin(), rule.not_in.end(),
                        [&](const std::string& p) { return path.starts_with(p); });
}

// Where the operand of the co_await that ends at `from` ends: at the `;`, `,` or bracket that does not belong to it.
std::size_t end_of_operand(const std::string& code, std::size_t from) {
    int depth = 0;
    for (std::size_t i = from; i < code.size(); ++i) {
        const char c = code[i];
        if (c == '(' || c == '[' || c == '{') ++depth;
        if (c == ')' || c == ']' || c == '}') {
            if (depth == 0) return i;
            --depth;
        }
        if (depth == 0 && (c == ';' || c == ',')) return i;
    }
    return code.size();
}

// The condition of `co_await (a ? b : c)`, not one inside an argument of a call.
bool chooses_between_awaitables(const std::string& operand) {
    const std::size_t first = operand.find_first_not_of(" \n");
    if (first == std::string::npos || operand[first] != '(') return false;
    int depth = 0;
    for (const char c : operand.substr(first)) {
        if (c == '(') ++depth;
        if (c == ')' && --depth == 0) return false;
        if (c == '?' && depth == 1) return true;
    }
    return false;
}

}  // namespace

std::vector<Finding> judge_lines(const SourceFile& file) {
    std::vector<Finding> findings;
    for (const Rule& rule : rules()) {
        if (!applies(rule, file.path)) continue;
        const std::string& searched = rule.in_comments ? file.text : file.code;
        std::size_t looked_at_until = 0;  // the end of the last line that a hint pointed to
        for (const std::string& hint : rule.hints) {
            looked_at_until = 0;
            for (std::size_t hit = searched.find(hint); hit != std::string::npos; hit = searched.find(hint, hit + 1)) {
                if (hit < looked_at_until) continue;
                const std::size_t begin = hit == 0 ? 0 : searched.rfind('\n', hit - 1) + 1;
                looked_at_until = std::min(searched.find('\n', hit), searched.size());
                const std::string line = searched.substr(begin, looked_at_until - begin);
                if (std::regex_search(line, rule.pattern)) findings.push_back({where(file, hit), rule.what});
            }
        }
    }
    return findings;
}

std::vector<Finding> judge_awaits(const SourceFile& file) {
    static const std::regex brace_list(R"([(,]\s*\{)");
    static const std::regex unnamed_object(R"([(,]\s*[\w:]+(<[^;()]*>)?\{\s*[^}\s])");
    static const std::regex capturing_lambda(R"([(,=]\s*\[[^\]]+\]\s*[({])");
    static const std::regex unnamed_function(R"(std::(function|any_invocable|move_only_function)<)");
    const std::string keyword = "co_await";
    std::vector<Finding> findings;
    for (std::size_t hit = file.code.find(keyword); hit != std::string::npos; hit = file.code.find(keyword, hit + 1)) {
        const std::size_t from = hit + keyword.size();
        const std::string operand = file.code.substr(from, end_of_operand(file.code, from) - from);
        const std::string name_it =
            " inside co_await: g++ 12 corrupts the heap there; name it on a line of its own first";
        const auto found = [&](const std::string& what) { findings.push_back({where(file, hit), what + name_it}); };
        if (std::regex_search(operand, brace_list)) found("a brace list");
        if (std::regex_search(operand, unnamed_object)) found("an object made with braces");
        if (std::regex_search(operand, capturing_lambda)) found("a lambda with captures");
        if (std::regex_search(operand, unnamed_function)) found("an unnamed function object");
        if (chooses_between_awaitables(operand)) found("?: of two awaitables");
    }
    return findings;
}

}  // namespace garner::tidy
