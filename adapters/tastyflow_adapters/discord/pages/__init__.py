"""
What is shown: plain values, made from what the core says. An answer, a live message and a post may be the same page.

    card, refusal, outcome      before an order is sent; why it is not, and what may have been meant; after a press
    order, live, notice, story  an order as it stands; its one message; news of it; how it came to be so
    account, market             what is looked at
    approval, incident, halt, digest       what approvers and operators see
    failing        what went wrong
    columns        columns of text, and the parts of a long list
"""
