"""The posts that the blog begins with: slug, author, title, text; the newest first."""

FIRST_POSTS = [
    (
        "what-you-saw-is-what-you-publish",
        "Ada",
        "What you saw is what you publish",
        """\
Two people open the same post to edit it. One of them publishes; a minute later the other one does. In \
most programs the second version silently takes the place of the first.

Here the Publish button is a function that is written inside the function of the page, and it uses a \
variable of it: the version that was read when the page was made. The value travels with the page, \
sealed, so it is still the one that you saw when you press the button, in whichever process the call \
arrives. If the post has another version by then, the database changes nothing and you are told so.

Try it: log in, open one of your posts in two tabs, and publish in both. What you have written is not \
lost. It is kept as a draft while you type.""",
    ),
    (
        "one-click-one-request",
        "Grace",
        "One click, one request",
        """\
Publishing a post changes more than one thing: the post, the list of posts, and the page that you look at \
next. It would be easy to spend four requests on it.

The action says what has changed, by name: this post, and the list. Then it redirects to the post. The \
new page is rendered in the answer to the click, with what has just been saved. What stays on the page, \
such as the line at the top with your name in it, is not sent again.

Without JavaScript the same action answers with a redirect, as forms on the web always have. The page \
does not need to know the difference.""",
    ),
    (
        "a-part-may-fail",
        "Ada",
        "A part may fail, and the page goes on",
        """\
Below each post there is a list of related ones. It is nice to have, and no reason to lose the post when \
something goes wrong with it.

So it stands inside an error boundary. Add ?broken to the address of a post and you see what a reader \
would see: the post, the comments, and in place of the list one sentence, a reference that is also in the \
log of the server, and a button that tries again.

An author who may not do something is another matter. That is no failure: the action says why, in words \
that are meant for people, and what was typed stays where it is.""",
    ),
]
