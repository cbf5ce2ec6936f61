/* SPDX-License-Identifier: MIT */
#include "page.h"

#include "measure.h"

const char *const PAGE_PATH = SOURCE_ROOT "/docs/guarantees.md";

static const char BEGIN[] = "<!-- measured -->\n", END[] = "<!-- end -->\n";

static void write_cell(FILE *page, const struct form *form, unsigned bit) {
    const struct cell *cell = &cells_of(form)[bit];
    if (!cell->is_broken)
        fputs(bit == 6 ? " holds, with evidence |" : " holds |", page);
    else
        fprintf(page, " **no**: %s |", cell->by);
}

/* A cell that this machine cannot measure keeps what another machine measured. */
static void write_row(FILE *page, const struct form *form, const char *old) {
    char head[64];
    snprintf(head, sizeof head, "\n| %s |", form->name);
    const char *row = strstr(old, head);
    if (!cells_of(form)[0].is_measured && row != NULL) {
        fprintf(page, "%.*s", (int)(1 + strcspn(row + 1, "\n")), row);
        return;
    }
    fputs(head, page);
    for (unsigned bit = 0; bit < BITS; bit++)
        write_cell(page, form, bit);
}

static void write_table(FILE *page, const char *old) {
    fputs(BEGIN, page);
    fputs("| |", page);
    for (unsigned bit = 0; bit < BITS; bit++)
        fprintf(page, " %s |", exeseal_guarantee_name(bit));
    fputs("\n| --- |", page);
    for (unsigned bit = 0; bit < BITS; bit++)
        fputs(" --- |", page);
    for (size_t form = 0; form < FORMS; form++)
        write_row(page, &FORM[form], old);
    fputc('\n', page);
    fputs(END, page);
}

/* The page with the measured table in place of the present one. */
static char *page_with_table(const char *page) {
    const char *begin = strstr(page, BEGIN), *end = strstr(page, END);
    if (begin == NULL || end == NULL)
        return NULL;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    fwrite(page, 1, (size_t)(begin - page), out);
    write_table(out, begin);
    fputs(end + strlen(END), out);
    fclose(out);
    return text;
}

static char *read_page(void) {
    struct bytes bytes = read_path(PAGE_PATH);
    char *text = realloc(bytes.data, bytes.size + 1);
    if (text == NULL)
        abort();
    text[bytes.size] = '\0';
    return text;
}

bool page_is_up_to_date(void) {
    char *found = read_page(), *wanted = page_with_table(found);
    bool is_same = wanted != NULL && strcmp(found, wanted) == 0;
    if (!is_same && wanted != NULL && getenv("EXESEAL_UPDATE") != NULL) {
        FILE *page = fopen(PAGE_PATH, "we");
        is_same = page != NULL && fputs(wanted, page) >= 0;
        if (page != NULL)
            fclose(page);
    }
    if (!is_same)
        fprintf(stderr, "what was measured:\n%.*s",
                wanted == NULL ? 0 : (int)(strstr(wanted, END) - strstr(wanted, BEGIN)),
                wanted == NULL ? "" : strstr(wanted, BEGIN));
    free(found);
    free(wanted);
    return is_same;
}
